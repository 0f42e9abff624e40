"""The methods of tf-keras-vis give what its formulas say, and refuse what it would get wrong."""

import sys

import networks
import numpy as np
import pytest
from fakes import FakeModel
from networks import pictures, wrapped

from xaibrain import explain, load_dataset, load_explainer, load_model
from xaibrain.errors import ModelError, PluginError, UsageError
from xaibrain.testing import check_dataset
from xaibrain.testing.state import network_state

pytest.importorskip("tf_keras_vis")

METHODS = ("tfkv-gradcam", "tfkv-gradcam++", "tfkv-scorecam", "tfkv-saliency")
LAST = {
    "functional": "conv2",
    "sequential": "conv2",
    "residual": "after",
    "one_unit": "conv2",
    "grey": "conv2",
}
TARGETS = np.array([0, 1, 1])
PAIRS = np.array([[0, 1], [1, 0], [1, 0]])


def asked(name, family="functional", targets=TARGETS, images=None, **parameters):
    images = networks.taken(family, 3, 0) if images is None else images
    return load_explainer(name, **parameters).explain(wrapped(family), images, targets)


def close(found, wanted):
    assert found.dtype == np.float32
    assert found.shape == wanted.shape
    return np.abs(found - wanted).max() <= 1e-4 * np.abs(wanted).max()


@pytest.mark.parametrize("family", LAST)
@pytest.mark.parametrize("targets", [TARGETS, PAIRS], ids=["class", "pair"])
def test_gradcam_is_ours_signs_and_all(family, targets):
    ours = asked("gradcam", family, targets)
    assert ours.min() < 0 < ours.max()
    assert close(asked("tfkv-gradcam", family, targets), ours)


@pytest.mark.parametrize("layer", ["conv1", "norm"])
def test_the_layer_is_the_one_that_was_asked_for(layer):
    assert close(asked("tfkv-gradcam", layer=layer), asked("gradcam", layer=layer))


def plus_plus_as_they_code_it(activations, gradients, score):
    """One picture, in float64: alphas over the sum of all positions, everything times exp(score)."""
    activations, gradients = activations.astype(np.float64), gradients.astype(np.float64)
    heatmap = np.zeros(activations.shape[:2])
    for k in range(activations.shape[2]):
        first = np.exp(score) * gradients[:, :, k]
        second, third = first * gradients[:, :, k], first * gradients[:, :, k] ** 2
        alpha = second / (2 * second + third * activations[:, :, k].sum())
        alpha /= alpha.sum()
        heatmap += (np.maximum(first, 0) * alpha).sum() * activations[:, :, k]
    return np.maximum(heatmap, 0)


def test_gradcam_plus_plus_is_their_formula():
    model, images = wrapped("functional"), pictures()
    activations, gradients = model.activations_and_gradients(images, TARGETS, "conv2")
    scores = model.logits(images)[np.arange(3), TARGETS]
    wanted = np.stack(
        [plus_plus_as_they_code_it(*one) for one in zip(activations, gradients, scores, strict=True)]
    )
    assert close(asked("tfkv-gradcam++"), wanted)


@pytest.mark.parametrize("channels", [None, 2])
def test_scorecam_weighs_channels_by_the_probability_they_leave(channels):
    from scipy.ndimage import zoom

    model, images = wrapped("functional"), pictures()
    activations = model.activations(images, "conv2").astype(np.float64)
    wanted = []
    for image, layer, target in zip(images, activations, TARGETS, strict=True):
        heatmap = np.zeros(layer.shape[:2])
        largest = np.argsort(-layer.std(axis=(0, 1)))[: channels or layer.shape[2]]
        for k in largest:
            mask = zoom(layer[:, :, k], 16 / len(layer), order=1, mode="nearest")
            mask = (mask - mask.min()) / (mask.max() - mask.min())
            logits = model.logits((image * mask[..., None])[None].astype(np.float32))
            heatmap += model.probabilities(logits)[0, target] * layer[:, :, k]
        wanted.append(heatmap)
    found = asked("tfkv-scorecam", channels=channels)
    assert np.abs(found - wanted).max() <= 1e-3 * np.abs(wanted).max()


@pytest.mark.parametrize("family", ["functional", "one_unit", "grey"])
@pytest.mark.parametrize("targets", [TARGETS, PAIRS], ids=["class", "pair"])
def test_saliency_is_the_largest_gradient_of_a_pixel(family, targets):
    gradients = wrapped(family).input_gradients(networks.taken(family, 3, 0), targets)
    assert close(asked("tfkv-saliency", family, targets), np.abs(gradients).max(axis=-1))


def test_smoothgrad_is_seeded_and_leaves_the_generator_as_it_was():
    np.random.seed(7)
    following = np.random.random(3)
    np.random.seed(7)
    smooth = asked("tfkv-saliency", samples=3, seed=1)
    assert (np.random.random(3) == following).all()
    assert (asked("tfkv-saliency", samples=3, seed=1) == smooth).all()
    assert np.abs(asked("tfkv-saliency", samples=3, seed=2) - smooth).max() > 1e-3 * smooth.max()
    assert close(asked("tfkv-saliency", samples=2, noise=0.0), asked("tfkv-saliency"))


def test_smoothgrad_is_the_mean_over_noisy_copies():
    images = pictures(1)
    noise = np.random.RandomState(4).normal(0, 0.1 * np.ptp(images), (5, *images.shape))
    copies = (images + noise)[:, 0].astype(np.float32)
    gradients = wrapped("functional").input_gradients(copies, np.full(5, 2))
    found = asked("tfkv-saliency", targets=np.array([2]), images=images, samples=5, noise=0.1, seed=4)
    assert close(found[0], np.abs(gradients).mean(axis=0).max(axis=-1))


@pytest.mark.parametrize("name", METHODS)
def test_a_batch_is_its_pictures_and_the_network_stays_as_it_was(name):
    model, images = wrapped("functional"), pictures()
    images.flags.writeable = False
    before = network_state(model.network)
    few = {"samples": 2} if name == "tfkv-saliency" else {}
    maps = load_explainer(name, **few).explain(model, images, TARGETS)
    assert network_state(model.network) == before
    assert close(load_explainer(name, **few).explain(model, images[2:].copy(), TARGETS[2:])[0], maps[2])


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("family", ["Subclassed", "separate_softmax"])
def test_networks_that_it_would_get_wrong_are_refused(name, family):
    with pytest.raises(ModelError, match=r"tf-keras-vis (cannot work on|does not reach the logits of) '"):
        asked(name, family)


@pytest.mark.parametrize("name", ["tfkv-gradcam", "tfkv-gradcam++", "tfkv-scorecam"])
def test_layers_that_it_cannot_read_are_refused(name):
    with pytest.raises(ModelError, match="cannot read layer 'backbone/conv2', inside another model"):
        asked(name, "nested")


def test_scorecam_of_one_output_is_refused():
    with pytest.raises(ModelError, match="is always 1"):
        asked("tfkv-scorecam", "one_unit")


def test_a_model_without_a_keras_network_is_refused_before_any_work():
    with pytest.raises(ModelError, match="'tfkv-gradcam' needs keras-network, which 'fake' cannot answer"):
        explain(np.zeros((4, 4)), model=FakeModel(), explainer="tfkv-gradcam")


@pytest.mark.parametrize("name", METHODS)
def test_what_is_missing_is_named_with_its_extra(name, monkeypatch):
    for module in [module for module in sys.modules if module.startswith(("xaibrain_tfkv", "tf_keras_vis"))]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "tf_keras_vis", None)
    with pytest.raises(PluginError, match=r"needs tf_keras_vis\S*\. Run: pip install 'xaibrain\[tfkv\]'"):
        load_explainer(name)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("tfkv-scorecam", {"channels": 0}),
        ("tfkv-saliency", {"samples": -1}),
        ("tfkv-saliency", {"noise": -0.1}),
    ],
)
def test_parameters_that_do_not_work_are_refused(name, wrong):
    with pytest.raises(UsageError, match=f"{name}: {next(iter(wrong))}="):
        load_explainer(name, **wrong)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A model whose scores outweigh what the library asks of a picture's smoothness."""
    path = tmp_path_factory.mktemp("models") / "mine.keras"
    network = networks.made("functional")
    network.get_layer("scores").kernel.assign(network.get_layer("scores").kernel * 1000)
    network.save(path)
    return path


def test_maximised_pictures_score_higher_than_what_they_began_with(file):
    made = load_dataset("tfkv-activation-maximisation", model=str(file))
    assert [image.label for image in made] == list(made.class_names)
    model = load_model(file, engine=None)
    [before] = model.logits(made._start)
    after = model.logits(np.stack([model.preprocess(image)[0] for image in made]))
    assert (np.diag(after) > before).all()
    other = load_dataset("tfkv-activation-maximisation", model=str(file), steps=2, seed=1)
    assert (other[0].pixels != made[0].pixels).any()


def test_maximised_pictures_hold_the_rules_of_datasets(file):
    check_dataset("tfkv-activation-maximisation", model=str(file), steps=2, examples=2)

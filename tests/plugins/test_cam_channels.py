"""The methods that take a layer's channels apart equal their papers and another library."""

import keras
import networks
import numpy as np
import pytest
from cams import bilinear, close, maps_of
from keras import layers
from networks import pictures, wrapped

from xaibrain import load_explainer, wrap
from xaibrain.errors import UsageError


def component_by_power_iteration(values):
    """The projection on the first right singular vector, up to its sign; one picture, in float64."""
    rows, columns, channels = values.shape
    flat = values.reshape(-1, channels).astype(np.float64)
    vector = np.ones(channels) + np.arange(channels) / 10
    for _ in range(20_000):
        vector = flat.T @ (flat @ vector)
        vector /= np.linalg.norm(vector)
    return (flat @ vector).reshape(rows, columns)


@pytest.mark.parametrize("seed", range(4))
def test_eigen_maps_are_the_first_component(seed):
    draw = np.random.default_rng(seed)
    activations = (draw.normal(size=(2, 4, 3, 5)) + 0.3).astype(np.float32)
    gradients = draw.normal(size=(2, 4, 3, 5)).astype(np.float32)
    for found, one in zip(maps_of("eigencam", activations, gradients), activations, strict=True):
        wanted = component_by_power_iteration(one)
        assert close(found, wanted * np.sign(wanted.sum()), 1e-4)
    pairs = zip(maps_of("eigengradcam", activations, gradients), activations * gradients, strict=True)
    for found, product in pairs:
        wanted = component_by_power_iteration(product)
        assert close(found, wanted * np.sign((wanted * product.sum(axis=2)).sum()), 1e-4)


def float64_top(network, activations):
    """The logits of `networks.top` for one picture's activations, by hand."""
    weights = [
        np.asarray(v, np.float64) for name in ("hidden", "scores") for v in network.get_layer(name).weights
    ]
    pooled = activations.astype(np.float64).mean(axis=(0, 1))
    return np.tanh(pooled @ weights[0] + weights[1]) @ weights[2] + weights[3]


@pytest.mark.parametrize("target", [0, 1, (2, 0)])
def test_ablation_takes_one_channel_after_another(target, monkeypatch):
    from xaibrain_cam import ablationcam

    model, images = wrapped("functional"), pictures()
    activations = model.activations(images, "conv2")
    sign = np.zeros(3)
    sign[np.atleast_1d(target)] = [1, -1][: np.size(target)]
    wanted = np.zeros(activations.shape[:3])
    for index, one in enumerate(activations):
        for k in range(one.shape[2]):
            without = one.copy()
            without[:, :, k] = 0
            drop = (float64_top(model.network, one) - float64_top(model.network, without)) @ sign
            wanted[index] += drop * one[:, :, k]
    targets = np.array([target] * 3)
    assert close(load_explainer("ablationcam").explain(model, images, targets), wanted, 1e-4)
    # However few channels fit into one question.
    monkeypatch.setattr(ablationcam, "_NUMBERS", activations.size * 2)
    assert close(load_explainer("ablationcam").explain(model, images, targets), wanted, 1e-4)


def scorecam_by_the_paper(model, image, target, activations):
    """Wang et al. 2020, algorithm 1, baseline included; one picture, one channel after another."""
    zero = model.logits(np.zeros_like(image)[None])[0].astype(np.float64)[target]
    gains = []
    for k in range(activations.shape[2]):
        large = bilinear(activations[:, :, k].astype(np.float64), *image.shape[:2])
        mask = (large - large.min()) / (large.max() - large.min())
        masked = (image * mask[:, :, None]).astype(np.float32)
        gains.append(float(model.logits(masked[None])[0, target]) - zero)
    weights = np.exp(gains) / np.exp(gains).sum()
    return activations.astype(np.float64) @ weights


@pytest.mark.parametrize("name", ["functional", "residual"])
def test_scorecam_as_the_paper_says(name):
    model, images, targets = wrapped(name), pictures(2), np.array([2, 0])
    layer = model.choose_layer("auto").path
    activations = model.activations(images, layer)
    wanted = [
        scorecam_by_the_paper(model, image, target, maps)
        for image, target, maps in zip(images, targets, activations, strict=True)
    ]
    explainer = load_explainer("scorecam", channels="none")
    assert explainer.channels is None
    assert close(explainer.explain(model, images, targets), np.stack(wanted), 1e-4)


def test_scorecam_asks_the_channels_that_vary_most():
    model, image = wrapped("functional"), pictures(1)
    activations = model.activations(image, "conv2")[0]
    most = np.argsort(-activations.var(axis=(0, 1)))[:2]
    found = load_explainer("scorecam", channels=2).explain(model, image, np.array([1]))
    wanted = scorecam_by_the_paper(model, image[0], 1, activations[:, :, most])
    assert close(found, wanted[None], 1e-4)
    with pytest.raises(UsageError, match="give 1 or more, or none"):
        load_explainer("scorecam", channels=0)


def test_scorecam_has_nothing_to_say_of_channels_that_are_the_same_everywhere():
    activations = np.ones((1, 3, 3, 2), np.float32)
    assert (maps_of("scorecam", activations, None) == 0).all()
    activations[0, 1, 1, 0] = 5
    assert np.allclose(maps_of("scorecam", activations, None), activations[..., 0])


def same_size():
    """A network whose map is as large as the picture, so that no library's way of resizing matters."""
    inputs = networks.picture_input()
    x = layers.Conv2D(4, 3, padding="same", activation="swish", name="maps")(inputs / 255)
    return networks.shaken(keras.Model([inputs], networks.top(x, activation=None)))


def test_scorecam_equals_tf_keras_vis():
    scorecam = pytest.importorskip("tf_keras_vis.scorecam")
    network, images = same_size(), pictures(2)
    found = load_explainer("scorecam", channels="none").explain(wrap(network), images, np.array([(2, 0)] * 2))
    # It weighs by what the score function returns; p(a) / p(b) is exp(logit(a) − logit(b)).
    other = scorecam.Scorecam(network, clone=True)
    score = lambda p: p[:, 2] / p[:, 0]  # noqa: E731
    wanted = np.asarray(
        other(score, images, penultimate_layer="maps", expand_cam=False, normalize_cam=False,
              activation_modifier=None)
    )  # fmt: skip
    for one, theirs in zip(found, wanted, strict=True):
        assert np.corrcoef(one.ravel(), theirs.ravel())[0, 1] > 1 - 1e-6
        assert close(one / np.abs(one).max(), theirs / np.abs(theirs).max(), 1e-4)

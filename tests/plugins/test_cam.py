"""Grad-CAM and Grad-CAM++ equal their papers, a closed form, and another library."""

import keras
import networks
import numpy as np
import pytest
from fakes import FakeModel
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers
from networks import pictures, wrapped
from quick import EXPLAINERS, quick
from state import state_of

from xaibrain import explain, load_explainer, wrap
from xaibrain.core.manager import manager
from xaibrain.core.parameters import values_of
from xaibrain.ops.status import status_of

UNSIGNED = ("sobol",)
"""Methods that say how much a place matters, not for which side."""


def gradcam_by_the_paper(activations, gradients):
    """Selvaraju et al. 2017, equations 1 and 2, without the ReLU; one picture, in float64."""
    rows, columns, channels = activations.shape
    weights = np.zeros(channels)
    for k in range(channels):
        for i in range(rows):
            for j in range(columns):
                weights[k] += float(gradients[i, j, k]) / (rows * columns)
    heatmap = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            for k in range(channels):
                heatmap[i, j] += weights[k] * float(activations[i, j, k])
    return heatmap


def gradcam_plus_plus_by_the_authors(activations, gradients):
    """Chattopadhay et al. 2018, equation 19 and the authors' code; one picture, in float64.

    With the score exp(logit) the three derivatives are exp(logit) times g, g² and g³; the factor is left
    out, as it is common to the whole map.
    """
    rows, columns, channels = activations.shape
    heatmap = np.zeros((rows, columns))
    for k in range(channels):
        total = sum(float(activations[i, j, k]) for i in range(rows) for j in range(columns))
        alpha = np.zeros((rows, columns))
        for i in range(rows):
            for j in range(columns):
                g = float(gradients[i, j, k])
                under = 2 * g**2 + total * g**3
                alpha[i, j] = g**2 / under if under != 0 else 0
        positive = [alpha[i, j] for i in range(rows) for j in range(columns) if gradients[i, j, k] > 0]
        # As in the authors' code: where the sum is zero, the alphas stay as they are.
        divisor = sum(positive) or 1.0
        weight = 0.0
        for i in range(rows):
            for j in range(columns):
                weight += alpha[i, j] / divisor * max(float(gradients[i, j, k]), 0)
        heatmap += weight * activations[:, :, k].astype(np.float64)
    return heatmap


TWINS = {"gradcam": gradcam_by_the_paper, "gradcam++": gradcam_plus_plus_by_the_authors}


def maps_of(name, activations, gradients):
    images = np.zeros((len(activations), 4, 4, 1), np.float32)
    model = FakeModel(activations, gradients)
    return load_explainer(name).explain(model, images, np.zeros(len(activations), np.int64))


def close(found, wanted, tolerance=1e-5):
    assert found.dtype == np.float32
    return np.abs(found - wanted).max() <= tolerance * np.abs(wanted).max() + 1e-30


@pytest.mark.parametrize("name", TWINS)
@given(
    shape=st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 5), st.integers(1, 6)),
    seed=st.integers(0, 10**6),
    scale=st.sampled_from([1e-4, 1.0, 30.0]),
    rectified=st.booleans(),
)
def test_as_the_paper_says(name, shape, seed, scale, rectified):
    draw = np.random.default_rng(seed)
    activations = draw.normal(size=shape).astype(np.float32)
    if rectified:
        activations = np.maximum(activations, 0)
    gradients = (draw.normal(size=shape) * scale).astype(np.float32)
    gradients[draw.random(shape) < 0.2] = 0
    found = maps_of(name, activations, gradients)
    wanted = np.stack([TWINS[name](*pair) for pair in zip(activations, gradients, strict=True)])
    # What cancels in the sum over channels is measured against what was summed.
    size = np.abs(wanted).max() + np.abs(activations).max() * 1e-2 * np.abs(gradients).max()
    assert found.dtype == np.float32
    assert np.abs(found - wanted).max() <= 1e-5 * size


@pytest.mark.parametrize("name", TWINS)
def test_zero_gradients_make_a_map_of_zeros(name):
    found = maps_of(name, np.ones((2, 3, 3, 4), np.float32), np.zeros((2, 3, 3, 4), np.float32))
    assert (found == 0).all()
    assert status_of(found[0]) == "constant"


def test_negative_gradients_count_in_gradcam_and_not_in_plus_plus():
    activations = np.ones((1, 2, 2, 1), np.float32)
    gradients = np.full((1, 2, 2, 1), -0.5, np.float32)
    assert (maps_of("gradcam", activations, gradients) == -0.5).all()
    assert (maps_of("gradcam++", activations, gradients) == 0).all()


def test_plus_plus_at_its_pole_is_finite():
    """2 g² + g³ ΣA = 0 at g = −2 / ΣA: alpha is 0 there, by the authors' code."""
    activations = np.full((1, 2, 2, 1), 0.25, np.float32)
    gradients = np.array([-2, 1, 1, 1], np.float32).reshape(1, 2, 2, 1)
    assert np.allclose(maps_of("gradcam++", activations, gradients), 0.25)


def test_plus_plus_by_hand():
    """ΣA = 2, g = (1, −1): alpha is 1/4 and, at the pole, 0; over its positive sum 1, so the weight is 1."""
    activations = np.array([0.5, 1.5], np.float32).reshape(1, 1, 2, 1)
    gradients = np.array([1.0, -1.0], np.float32).reshape(1, 1, 2, 1)
    assert np.allclose(maps_of("gradcam++", activations, gradients), [[[0.5, 1.5]]])


@pytest.fixture(scope="module")
def pooled():
    """Global average pooling and one dense layer: Grad-CAM has a closed form."""
    inputs = networks.picture_input()
    x = networks.body(layers.Rescaling(1 / 127.5, offset=-1)(inputs))
    outputs = layers.Dense(3, activation="softmax", name="scores")(layers.GlobalAveragePooling2D()(x))
    return wrap(networks.shaken(keras.Model(inputs, outputs)))


@pytest.mark.parametrize("target", [0, 1, 2])
def test_gradcam_is_cam_for_pooling_and_one_dense_layer(pooled, target):
    images, targets = pictures(), np.full(3, target)
    activations = pooled.activations(images, "conv2").astype(np.float64)
    kernel = np.asarray(pooled.network.get_layer("scores").kernel, np.float64)[:, target]
    rows, columns = activations.shape[1:3]
    assert close(
        load_explainer("gradcam").explain(pooled, images, targets), activations @ kernel / (rows * columns)
    )
    positive = activations @ np.maximum(kernel, 0) / (rows * columns)
    assert close(load_explainer("gradcam++").explain(pooled, images, targets), positive)


@pytest.mark.parametrize("target", [0, 1, 2])
def test_the_sum_of_a_closed_form_map_is_the_logit_less_its_bias(pooled, target):
    images = pictures()
    heatmaps = load_explainer("gradcam").explain(pooled, images, np.full(3, target))
    bias = float(pooled.network.get_layer("scores").bias[target])
    assert np.allclose(heatmaps.sum(axis=(1, 2)), pooled.logits(images)[:, target] - bias, atol=1e-4)


def flat_twin(name):
    """The same function of the same layers, without what tf-keras-vis cannot read: nesting, Sequential."""
    network = wrapped(name).network
    if name == "sequential":
        return keras.Model(network.inputs[0], network.outputs[0])
    if name != "nested":
        return network
    x = network.get_layer("backbone").output
    for layer in ("pool", "hidden", "scores"):
        x = network.get_layer(layer)(x)
    return keras.Model(network.get_layer("backbone").input, x)


LAST = {
    "functional": "conv2",
    "nested": "conv2",
    "sequential": "conv2",
    "one_unit": "conv2",
    "residual": "after",
}


@pytest.mark.parametrize("name", LAST)
def test_gradcam_equals_tf_keras_vis(name):
    gradcam = pytest.importorskip("tf_keras_vis.gradcam")
    from tf_keras_vis.utils.model_modifiers import ReplaceToLinear
    from tf_keras_vis.utils.scores import CategoricalScore

    model, images = wrapped(name), pictures()
    targets = np.array([1, 1, 1] if name == "one_unit" else [0, 1, 2])
    found = load_explainer("gradcam").explain(model, images, targets)
    # One unit has one score, at index 0.
    score = CategoricalScore([0, 0, 0] if name == "one_unit" else targets.tolist())
    other = gradcam.Gradcam(flat_twin(name), model_modifier=ReplaceToLinear(), clone=True)
    wanted = np.asarray(
        other(score, images, penultimate_layer=LAST[name], expand_cam=False, normalize_cam=False)
    )
    assert wanted.max() > 0
    assert np.allclose(np.maximum(found, 0), wanted, rtol=1e-4, atol=1e-5 * wanted.max())


SAMPLES = ["functional", "nested", "sequential", "Subclassed", "one_unit", "many_labels", "grey"]


@pytest.mark.parametrize("name", EXPLAINERS)
@settings(max_examples=10)
@given(family=st.sampled_from(SAMPLES), count=st.integers(1, 5), seed=st.integers(0, 99), data=st.data())
def test_what_every_explainer_must_hold(name, family, count, seed, data):
    model = wrapped(family)
    images = networks.taken(family, count, seed)
    images.flags.writeable = False
    classes = len(model.class_names)
    targets = np.array(data.draw(st.lists(st.integers(0, classes - 1), min_size=count, max_size=count)))
    kept = images.copy(), targets.copy(), state_of(model.network)
    explainer = quick(name)
    heatmaps = explainer.explain(model, images, targets)
    assert heatmaps.dtype == np.float32
    assert heatmaps.ndim == 3
    assert len(heatmaps) == count
    assert all(np.isfinite(one).all() or status_of(one) == "non-finite" for one in heatmaps)
    assert (explainer.explain(model, images.copy(), targets) == heatmaps).all()
    for index in range(count):
        alone = explainer.explain(model, images[index : index + 1].copy(), targets[index : index + 1])
        assert np.allclose(alone[0], heatmaps[index], rtol=1e-4, atol=1e-5 * np.abs(heatmaps).max())
    assert (images == kept[0]).all()
    assert (targets == kept[1]).all()
    assert state_of(model.network) == kept[2]


@pytest.mark.parametrize("name", EXPLAINERS)
def test_maps_differ_between_classes_and_pictures(name):
    model, images = wrapped("functional"), pictures()
    maps = [quick(name).explain(model, images, np.full(3, target)) for target in range(3)]
    assert np.abs(maps[0] - maps[1]).max() > 1e-6
    assert np.abs(maps[0][0] - maps[0][1]).max() > 1e-6


@pytest.mark.parametrize("name", EXPLAINERS)
def test_the_two_classes_of_one_unit_are_told_apart(name):
    model, images = wrapped("one_unit"), pictures()
    healthy, ill = (quick(name).explain(model, images, np.full(3, target)) for target in (0, 1))
    assert (np.abs(healthy - ill).max() > 1e-6) == (name not in UNSIGNED)
    if name == "gradcam":
        assert (healthy == -ill).all()


@pytest.mark.parametrize("name", EXPLAINERS)
def test_parameters_return_through_provenance(name):
    explainer = load_explainer(name)
    (explanation,) = explain(pictures(1)[0], model=wrapped("functional"), explainer=explainer)
    recorded = dict(explanation.provenance.parameters)
    assert recorded == values_of(explainer)
    assert type(explainer)(**recorded) == explainer
    assert load_explainer(name, **recorded) == explainer


@pytest.mark.parametrize("name", EXPLAINERS)
def test_specs_say_what_and_whence(name):
    spec = manager().registry.get("explainer", name).spec
    assert spec.summary
    assert "\n" not in spec.summary
    assert spec.reference

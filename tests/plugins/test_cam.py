"""The methods of a layer's gradients equal their papers, closed forms, and another library."""

import cams
import keras
import numpy as np
import pytest
from cams import bilinear, close, maps_of
from fakes import FakeModel
from hypothesis import given
from hypothesis import strategies as st
from networks import pictures, wrapped

from xaibrain import load_explainer
from xaibrain.ops.status import status_of


@pytest.fixture
def pooled():
    return cams.pooled()


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


def by_places(contribution):
    """A twin that sums over channels what each place has to say; one picture, in float64."""

    def twin(activations, gradients):
        rows, columns, channels = activations.shape
        heatmap = np.zeros((rows, columns))
        for i in range(rows):
            for j in range(columns):
                for k in range(channels):
                    heatmap[i, j] += contribution(float(activations[i, j, k]), float(gradients[i, j, k]))
        return heatmap

    return twin


def xgradcam_by_the_paper(activations, gradients):
    """Fu et al. 2020: gradients averaged with the activations' shares of their sum."""
    rows, columns, channels = activations.shape
    heatmap = np.zeros((rows, columns))
    for k in range(channels):
        total = sum(float(activations[i, j, k]) for i in range(rows) for j in range(columns))
        weight = 0.0
        for i in range(rows):
            for j in range(columns):
                if total != 0:
                    weight += float(activations[i, j, k]) / total * float(gradients[i, j, k])
        heatmap += weight * activations[:, :, k].astype(np.float64)
    return heatmap


TWINS = {
    "gradcam": gradcam_by_the_paper,
    "gradcam++": gradcam_plus_plus_by_the_authors,
    "hirescam": by_places(lambda a, g: a * g),
    "layercam": by_places(lambda a, g: max(g, 0) * a),
    "gradcam-elementwise": by_places(lambda a, g: max(a * g, 0)),
    "xgradcam": xgradcam_by_the_paper,
}


def guided_by_the_paper(activations, gradients, guided):
    """Selvaraju et al. 2017, section 3.2: enlarged Grad-CAM with its ReLU, times guided backpropagation."""
    rows, columns, channels = guided.shape
    large = bilinear(np.maximum(gradcam_by_the_paper(activations, gradients), 0), rows, columns)
    heatmap = np.zeros((rows, columns))
    for i, j in np.ndindex(rows, columns):
        heatmap[i, j] = max(abs(large[i, j] * float(guided[i, j, k])) for k in range(channels))
    return heatmap


@pytest.mark.parametrize("side", [8, 11])
def test_guided_gradcam_equals_the_paper(side):
    draw = np.random.default_rng(side)
    activations, gradients = (draw.normal(size=(2, 4, 5, 3)).astype(np.float32) for _ in range(2))
    guided = draw.normal(size=(2, side, side, 3)).astype(np.float32)
    model = FakeModel(activations, gradients)
    model.guided_gradients = lambda images, targets: guided
    found = load_explainer("guided-gradcam").explain(model, np.zeros_like(guided), np.zeros(2, np.int64))
    wanted = [guided_by_the_paper(*one) for one in zip(activations, gradients, guided, strict=True)]
    assert close(found, np.stack(wanted))


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


@pytest.mark.parametrize("name", LAST)
def test_layercam_equals_tf_keras_vis(name):
    layercam = pytest.importorskip("tf_keras_vis.layercam")
    from tf_keras_vis.utils.model_modifiers import ReplaceToLinear
    from tf_keras_vis.utils.scores import CategoricalScore

    model, images = wrapped(name), pictures()
    targets = np.array([1, 1, 1] if name == "one_unit" else [0, 1, 2])
    score = CategoricalScore([0, 0, 0] if name == "one_unit" else targets.tolist())
    other = layercam.Layercam(flat_twin(name), model_modifier=ReplaceToLinear(), clone=True)
    wanted = np.asarray(
        other(score, images, penultimate_layer=LAST[name], expand_cam=False, normalize_cam=False)
    )
    found = load_explainer("layercam").explain(model, images, targets)
    assert wanted.max() > 0
    assert np.allclose(np.maximum(found, 0), wanted, rtol=1e-4, atol=1e-5 * wanted.max())


def test_hirescam_adds_up_to_the_logit_where_grad_cam_does_not():
    """Flattened and one dense layer: the case that HiResCAM was made for."""
    model, images = wrapped("sequential"), pictures()
    bias = float(model.network.get_layer("scores").bias[1])
    wanted = model.logits(images)[:, 1] - bias
    sums = {
        name: load_explainer(name).explain(model, images, np.full(3, 1)).sum(axis=(1, 2))
        for name in ("hirescam", "gradcam")
    }
    assert np.allclose(sums["hirescam"], wanted, atol=1e-4)
    assert np.abs(sums["gradcam"] - wanted).max() > 1e-2

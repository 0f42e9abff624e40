"""The methods of a layer equal their papers, closed forms, and another library."""

import keras
import networks
import numpy as np
import pytest
from fakes import FakeModel
from hypothesis import given
from hypothesis import strategies as st
from keras import layers
from networks import pictures, wrapped

from xaibrain import explain, load_explainer, wrap
from xaibrain.errors import UnknownNameError, UsageError
from xaibrain.ops.status import status_of


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


def bilinear(channel, rows, columns):
    """Half-pixel centres, place by place, in float64."""
    large = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            y = min(max((i + 0.5) * channel.shape[0] / rows - 0.5, 0), channel.shape[0] - 1)
            x = min(max((j + 0.5) * channel.shape[1] / columns - 0.5, 0), channel.shape[1] - 1)
            top, left = int(y), int(x)
            below, right = min(top + 1, channel.shape[0] - 1), min(left + 1, channel.shape[1] - 1)
            large[i, j] = (
                channel[top, left] * (1 - y + top) * (1 - x + left)
                + channel[below, left] * (y - top) * (1 - x + left)
                + channel[top, right] * (1 - y + top) * (x - left)
                + channel[below, right] * (y - top) * (x - left)
            )
    return large


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


FUSABLE = ["gradcam", "layercam", "eigencam", "scorecam", "ablationcam"]


@pytest.mark.parametrize("name", FUSABLE)
def test_several_layers_are_fused(name):
    """The largest, place by place, of tanh(2 M / max M), M without what is negative and enlarged."""
    model, images, targets = wrapped("functional"), pictures(2), np.array([0, 2])
    found = load_explainer(name, layer="conv1,conv2").explain(model, images, targets)
    parts = [
        load_explainer(name, layer=layer).explain(model, images, targets) for layer in ("conv1", "conv2")
    ]
    for index, one in enumerate(found):
        scaled = []
        for part in parts:
            large = bilinear(np.maximum(part[index].astype(np.float64), 0), *one.shape)
            scaled.append(np.tanh(2 * large / large.max()) if large.max() > 0 else large)
        assert close(one, np.maximum(*scaled), 1e-4)
    assert found.shape[1:] == parts[0].shape[1:]


def test_fusing_what_is_all_negative_is_no_evidence():
    fused = load_explainer("gradcam", layer="a,b")
    model = FakeModel(np.ones((1, 2, 2, 1), np.float32), np.full((1, 2, 2, 1), -1, np.float32))
    assert (fused.explain(model, np.zeros((1, 4, 4, 1), np.float32), np.zeros(1, np.int64)) == 0).all()


def test_a_layer_that_is_not_there_is_named_before_any_work():
    with pytest.raises(UnknownNameError, match="conv7"):
        explain(pictures(1)[0], model=wrapped("functional"), explainer="layercam", layer="conv1,conv7")


def noted(name, model, images, **parameters):
    explanations = explain(images, model=model, explainer=load_explainer(name, **parameters))
    return [dict(explanation.notes) for explanation in explanations]


def test_notes_say_where_methods_are_one_map(pooled):
    images = pictures()
    for name in ("gradcam", "hirescam", "xgradcam"):
        assert all("gradcam, hirescam and xgradcam are one map" in one["coincides"]
                   for one in noted(name, pooled, images))  # fmt: skip
    maps = [
        load_explainer(name).explain(pooled, images, np.full(3, 1))
        for name in ("gradcam", "hirescam", "xgradcam")
    ]
    assert close(maps[1], maps[0])
    assert close(maps[2], maps[0], 1e-4)
    for name in ("gradcam++", "layercam"):
        assert all("without the channels of negative weight" in one["coincides"]
                   for one in noted(name, pooled, images))  # fmt: skip
    maps = [load_explainer(name).explain(pooled, images, np.full(3, 1)) for name in ("gradcam++", "layercam")]
    assert close(maps[1], maps[0])


def test_notes_say_where_grad_cam_may_mislead():
    """Flattened: gradients vary over positions, and Grad-CAM averages them."""
    model, images = wrapped("sequential"), pictures()
    explanations = list(explain(images, model=model, explainer="gradcam"))
    exact = list(explain(images, model=model, explainer="hirescam"))
    for one, other in zip(explanations, exact, strict=True):
        assert "compare with hirescam" in one.notes["caution"]
        wanted = np.corrcoef(one.heatmap.ravel(), other.heatmap.ravel())[0, 1]
        assert one.notes["correlation_with_hirescam"] == pytest.approx(wanted, abs=1e-3)
        assert other.notes == {}


@pytest.mark.parametrize("family", ["functional", "nested", "one_unit", "flattened_softmax"])
def test_notes_say_where_a_hidden_dense_layer_follows_the_pooling(family):
    """Without one, the map adds up to the logit but for a constant; with one it cannot."""
    model = wrapped(family)
    maps = load_explainer("hirescam").explain(model, pictures(), np.zeros(3, np.int64))
    rest = model.logits(pictures())[:, 0] - maps.sum(axis=(1, 2))
    adds_up = np.ptp(rest) < 1e-4 * np.abs(maps.sum(axis=(1, 2))).max()
    for name in ("gradcam", "layercam"):
        for one in noted(name, model, pictures()):
            assert "coincides" in one
            assert ("head" in one) == (not adds_up) == model.hidden_dense
    assert ("hidden dense" in model.head) == model.hidden_dense


def test_notes_of_other_methods(pooled):
    assert noted("eigencam", pooled, pictures(1)) == [{"caution": "eigencam is the same map for every class"}]
    assert noted("gradcam", pooled, pictures(1), layer="conv1,conv2") == [{}]
    assert "coincides" not in noted("gradcam", pooled, pictures(1), layer="conv1")[0]

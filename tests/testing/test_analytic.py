"""The kit's own models are what their formulas say."""

import numpy as np
import pytest

from xaibrain import load_explainer
from xaibrain.errors import ModelError
from xaibrain.testing import LinearModel, PlantedModel, QuadraticModel, check_model


@pytest.mark.parametrize("model", [LinearModel(), QuadraticModel(channels=1, side=10), PlantedModel()])
def test_they_pass_the_kit(model):
    check_model(model)


def test_scores_by_the_formula():
    """Place by place, in float64."""
    model = QuadraticModel(side=4, features=2, seed=3)
    images = np.random.default_rng(0).uniform(0, 255, (2, 4, 4, 3)).astype(np.float32)
    wanted = np.tile(model.offset, (2, 1))
    for picture, scores in zip(images.astype(np.float64), wanted, strict=True):
        for row in range(2):
            for column in range(2):
                window = picture[2 * row : 2 * row + 2, 2 * column : 2 * column + 2].reshape(4, 3) / 255
                cell = (window @ model.mix).mean(axis=0)
                for which in range(3):
                    slope, curve = model.slope[which, row, column], model.curve[which, row, column]
                    scores[which] += slope @ cell + curve @ cell**2 / 2
    np.testing.assert_allclose(model.logits(images), wanted, rtol=1e-6)


def test_a_linear_model_is_its_weights():
    model = LinearModel(seed=1)
    images = np.random.default_rng(0).uniform(0, 255, (3, 16, 16, 3)).astype(np.float32)
    scores = model.offset + np.einsum("nhwc,khwc->nk", images, model.weights)
    np.testing.assert_allclose(model.logits(images), scores, rtol=1e-5)
    np.testing.assert_allclose(model.input_gradients(images, np.array([0, 1, 2])), model.weights, rtol=1e-5)
    pair = model.input_gradients(images[:1], np.array([(2, 0)]))[0]
    np.testing.assert_allclose(pair, model.weights[2] - model.weights[0], rtol=1e-4, atol=1e-8)


def test_planted_evidence_alone_decides():
    model = PlantedModel((4, 2, 10, 12))
    pictures = model.pictures(4)
    assert (model.logits(pictures).argmax(axis=1) == 1).all()
    elsewhere = pictures.copy()
    elsewhere[:, ~model.evidence] = 255 - elsewhere[:, ~model.evidence]
    np.testing.assert_allclose(model.logits(elsewhere), model.logits(pictures), rtol=1e-6)
    without = pictures.copy()
    without[:, model.evidence] = 30
    assert (model.logits(without).argmax(axis=1) == 0).all()


@pytest.mark.parametrize("layer", ["coarse", "fine"])
def test_gradcam_finds_the_evidence_where_channels_tell_it(layer):
    """HiResCAM's product of gradient and activation has its mass on the evidence; so has the gradient."""
    model = PlantedModel()
    cells, slopes = model.activations_and_gradients(model.pictures(2), np.array([1, 1]), layer)
    heatmaps = (cells * slopes).sum(axis=3)
    evidence = model.evidence if layer == "fine" else model.evidence[::2, ::2]
    assert (heatmaps[:, evidence] > 0).all()
    assert (heatmaps[:, ~evidence] == 0).all()
    assert (
        load_explainer("gradcam", layer=layer).explain(model, model.pictures(2), np.array([1, 1])).max() > 0
    )


@pytest.mark.parametrize("place", [(1, 2, 4, 6), (4, 4, 4, 8), (0, 0, 18, 4)])
def test_evidence_that_does_not_fit_the_grid_is_refused(place):
    with pytest.raises(ModelError, match="all even"):
        PlantedModel(place)


def test_an_odd_side_is_refused():
    with pytest.raises(ModelError, match="even number"):
        LinearModel(side=15)


def test_a_fingerprint_follows_the_weights():
    assert LinearModel(seed=0).fingerprint == LinearModel(seed=0).fingerprint
    assert LinearModel(seed=0).fingerprint != LinearModel(seed=1).fingerprint

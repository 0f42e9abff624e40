"""What holds for every method that hides parts of the picture."""

import networks
import numpy as np
import pytest
from analytic import Analytic, curved, drawn, linear
from quick import quick

from xaibrain import load_explainer
from xaibrain.errors import PluginError
from xaibrain_perturbation.filling import filling_of

METHODS = ("occlusion", "rise", "lime", "kernel-shap", "sobol")
LINEAR = ("occlusion", "rise", "lime", "kernel-shap")
TARGET = np.array([1])


def several(shape, count=3):
    return np.stack([drawn(shape, seed)[0] for seed in range(count)])


@pytest.mark.parametrize("name", METHODS)
def test_what_decides_is_found(name):
    """A bright patch in a textured picture, and a score that is the patch's brightness alone."""
    picture = drawn((64, 64, 1))[0] / 2
    picture[16:32, 24:40] = 230
    model = Analytic(lambda images: np.maximum(images[:, 16:32, 24:40, 0] - 150, 0).mean(axis=(1, 2)) / 10)
    heatmap = load_explainer(name).explain(model, picture[None], TARGET)[0]
    scale = 64 // len(heatmap)
    full = np.kron(heatmap, np.ones((scale, scale)))
    at_peak = full >= full.max() * (1 - 1e-6)
    assert at_peak[16:32, 24:40].sum() / at_peak.sum() > 0.9
    inside = np.zeros((64, 64), bool)
    inside[16:32, 24:40] = True
    assert full[inside].mean() > full[~inside].mean() + 0.3 * np.ptp(full)


@pytest.mark.parametrize("name", METHODS)
def test_batches_and_their_size_change_nothing(name):
    images, targets = several((24, 24, 3)), np.array([1, 0, 1])
    model = Analytic(curved(drawn((24, 24, 3))[1]))
    maps = quick(name).explain(model, images, targets)
    assert (quick(name).explain(model, images, targets) == maps).all()
    # What is summed up is summed up in another order.
    one_by_one = quick(name, batch_size=1).explain(model, images, targets)
    assert np.allclose(one_by_one, maps, rtol=1e-5, atol=1e-5 * np.abs(maps).max())
    for index in range(3):
        alone = quick(name).explain(model, images[index : index + 1], targets[index : index + 1])
        assert (alone[0] == maps[index]).all()


@pytest.mark.parametrize("name", METHODS)
def test_memory_is_bounded_by_the_batch(name):
    model = Analytic(linear(1))
    quick(name, batch_size=7).explain(model, several((24, 24, 1)), np.ones(3, int))
    assert max(model.asked) == 7
    assert sum(model.asked) > 50


@pytest.mark.parametrize("name", METHODS)
def test_a_batch_that_does_not_fit_is_halved(name):
    images, weights = several((24, 24, 1), 1), drawn((24, 24, 1))[1]
    small = Analytic(curved(weights), largest=5)
    found = quick(name).explain(small, images, TARGET)
    assert np.allclose(found, quick(name).explain(Analytic(curved(weights)), images, TARGET), rtol=1e-6)


def test_what_fails_for_one_copy_fails():
    def broken(images):
        raise RuntimeError("no such kernel")

    with pytest.raises(RuntimeError, match="no such kernel"):
        quick("rise").explain(Analytic(broken), several((8, 8, 1), 1), TARGET)


@pytest.mark.parametrize("name", LINEAR)
def test_one_class_against_another_is_the_difference_of_their_maps_in_logits(name):
    images, model = several((24, 24, 3)), Analytic(curved(drawn((24, 24, 3))[1]))
    explainer = quick(name, of="logit")
    this, other = (explainer.explain(model, images, np.full(3, target)) for target in (1, 0))
    pair = explainer.explain(model, images, np.array([[1, 0]] * 3))
    assert np.allclose(pair, this - other, atol=1e-4 * np.abs(pair).max())
    assert np.allclose(other, this / -3, atol=1e-4 * np.abs(this).max())


@pytest.mark.parametrize("name", METHODS)
def test_probabilities_and_logits_are_different_questions(name):
    images, weights = several((24, 24, 3)), drawn((24, 24, 3))[1]
    model = Analytic(curved(weights))
    logit, probability = (
        quick(name, of=of).explain(model, images, np.ones(3, int)) for of in ("logit", "probability")
    )
    model.probabilities = lambda logits: logits
    assert (quick(name, of="probability").explain(model, images, np.ones(3, int)) == logit).all()
    assert np.abs(logit - probability).max() > 1e-3


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("family", ["functional", "one_unit", "grey", "Subclassed"])
def test_a_network_is_asked_as_a_formula_is(name, family):
    model, images = networks.wrapped(family), networks.taken(family, 2, 0)
    targets = np.array([0, 1])
    maps = quick(name).explain(model, images, targets)
    assert np.isfinite(maps).all()
    assert np.ptp(maps[0]) > 0
    twin = Analytic(None)
    twin.logits, twin.probabilities = lambda copies: model.logits(copies.copy()), model.probabilities
    assert np.allclose(
        quick(name).explain(twin, images, targets), maps, rtol=1e-4, atol=1e-5 * np.abs(maps).max()
    )


def test_fillings():
    picture = drawn((40, 30, 3))[0]
    model = Analytic(None, (-1.0, 1.0))
    assert (filling_of(picture, "black", model) == -1).all()
    mean = filling_of(picture, "mean", model)
    assert np.allclose(mean, picture.astype(np.float64).mean(axis=(0, 1)))
    blurred = filling_of(picture, "blur", model)
    assert blurred.shape == picture.shape
    assert blurred.std() < picture.std()
    assert np.allclose(blurred.mean(), picture.mean(), rtol=0.02)
    spot = np.zeros((81, 81, 1), np.float32)
    spot[40, 40] = 1
    seen = filling_of(spot, "blur", model)[..., 0]
    spread = np.sqrt((seen.sum(axis=0) * (np.arange(81) - 40) ** 2).sum() / seen.sum())
    assert abs(spread - 0.05 * 81) < 0.1
    model.preprocessing = {}
    assert (filling_of(picture, "black", model) == 0).all()


@pytest.mark.parametrize("name", ["lime", "kernel-shap", "sobol"])
def test_what_is_missing_is_named_with_its_extra(name, monkeypatch):
    import sys

    for module in [module for module in sys.modules if module.startswith("xaibrain_perturbation.")]:
        monkeypatch.delitem(sys.modules, module)
    for absent in ("skimage.segmentation", "scipy.stats"):
        monkeypatch.setitem(sys.modules, absent, None)
    with pytest.raises(PluginError, match=r"needs \S+\. Run: pip install 'xaibrain\[perturbation\]'"):
        load_explainer(name)

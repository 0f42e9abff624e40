"""Total Sobol indices: Jansen's estimator, and functions whose indices are known."""

import numpy as np
import pytest
from analytic import Analytic, curved, drawn
from scipy.stats import qmc, sobol_indices, uniform

from xaibrain import load_explainer
from xaibrain.errors import UsageError
from xaibrain_perturbation.sobol import total_indices

TARGET = np.array([1])


def jansen_by_the_paper(score, first, second):
    """Jansen 1999, as Fel et al. 2021 use it: 1/2N Σ (f(A) − f(C))² / V, C being A with a column of B."""
    rows, inputs = first.shape
    scores = [score(row) for row in first]
    mean = sum(scores) / rows
    variance = sum((one - mean) ** 2 for one in scores) / (rows - 1)
    indices = []
    for i in range(inputs):
        total = 0.0
        for k in range(rows):
            mixed = first[k].copy()
            mixed[i] = second[k, i]
            total += (scores[k] - score(mixed)) ** 2
        indices.append(total / (2 * rows) / variance)
    return np.array(indices)


def at_the_centres(function, grid, cell):
    """Return a score that sees the centre of each cell, where an enlarged mask is the cell's own value."""
    middle = slice(cell // 2, None, cell)
    return lambda images: function(images[:, middle, middle, 0].reshape(len(images), grid**2))


def additive(values):
    return values @ np.array([1.0, 2.0, -3.0, 4.0])


@pytest.mark.parametrize("designs", [8, 64])
def test_as_the_paper_says(designs):
    picture = np.full((6, 6, 1), 1, np.float32)
    function = lambda values: additive(values) + 2 * values[:, 0] * values[:, 3]  # noqa: E731
    model = Analytic(at_the_centres(function, 2, 3))
    found = load_explainer("sobol", grid=2, designs=designs, seed=4).explain(model, picture[None], TARGET)[0]
    sequence = qmc.Sobol(8, scramble=True, rng=4).random(designs)
    wanted = jansen_by_the_paper(lambda row: function(row[None])[0], sequence[:, :4], sequence[:, 4:])
    assert np.abs(found.ravel() - wanted).max() <= 1e-4 * wanted.max()


def test_an_additive_score_gives_the_shares_of_its_variance():
    picture = np.full((6, 6, 1), 1, np.float32)
    model = Analytic(at_the_centres(additive, 2, 3))
    found = load_explainer("sobol", grid=2, designs=1024).explain(model, picture[None], TARGET)[0]
    assert np.allclose(found.ravel(), np.array([1, 4, 9, 16]) / 30, atol=0.01)


def test_a_product_counts_for_both_of_its_factors():
    """f = x0 · x1, uniform: each first-order index is 3/7, their interaction 1/7, each total 4/7."""
    picture = np.full((6, 6, 1), 1, np.float32)
    model = Analytic(at_the_centres(lambda values: values[:, 0] * values[:, 1], 2, 3))
    found = load_explainer("sobol", grid=2, designs=1024).explain(model, picture[None], TARGET)[0]
    assert np.allclose(found.ravel(), [4 / 7, 4 / 7, 0, 0], atol=0.02)


def test_it_agrees_with_scipy():
    def function(values):
        return np.sin(values[0]) + 7 * np.sin(values[1]) ** 2 + 0.1 * values[2] ** 4 * np.sin(values[0])

    ours = lambda values: function(values.T * 2 * np.pi - np.pi)  # noqa: E731
    model = Analytic(at_the_centres(ours, 2, 3))
    found = load_explainer("sobol", grid=2, designs=4096, batch_size=512)
    found = found.explain(model, np.full((1, 6, 6, 1), 1, np.float32), TARGET)[0].ravel()
    ends = uniform(loc=-np.pi, scale=2 * np.pi)
    wanted = sobol_indices(func=function, n=4096, dists=[ends] * 3, rng=0).total_order
    assert np.allclose(found[:3], wanted, atol=0.03)
    assert found[3] < 1e-9


def test_masks_are_enlarged_bilinearly_and_what_is_not_kept_is_filled():
    seen = []
    model = Analytic(lambda images: seen.append(images.copy()) or images.mean(axis=(1, 2, 3)))
    picture = np.full((1, 9, 9, 1), 100, np.float32)
    load_explainer("sobol", grid=3, designs=2, seed=1).explain(model, picture, TARGET)
    copies = np.concatenate(seen)
    assert len(copies) == 2 * (9 + 1)
    first = qmc.Sobol(18, scramble=True, rng=1).random(2)[:, :9].reshape(2, 3, 3)
    assert np.allclose(copies[:2, 1::3, 1::3, 0], 100 * first, atol=1e-3)
    assert np.allclose(copies[0, 1, 2, 0], 100 * (first[0, 0, 0] * 2 + first[0, 0, 1]) / 3, atol=1e-3)


def test_a_score_that_does_not_vary_has_indices_of_zero():
    assert (total_indices(np.full(4, 7.0), np.full((3, 4), 7.0)) == 0).all()


def test_indices_are_never_negative():
    picture, weights = drawn((24, 24, 3))
    assert (load_explainer("sobol").explain(Analytic(curved(weights)), picture[None], TARGET) >= 0).all()


@pytest.mark.parametrize("wrong", [{"grid": 0}, {"designs": 12}, {"designs": 1}, {"seed": -1}])
def test_parameters_that_do_not_work_are_refused(wrong):
    with pytest.raises(UsageError, match=f"sobol: {next(iter(wrong))}="):
        load_explainer("sobol", **wrong)

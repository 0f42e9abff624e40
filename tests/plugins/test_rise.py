"""RISE equals equation 6 on its masks, and what equation 6 tends to for a linear score."""

import numpy as np
import pytest
from analytic import Analytic, curved, drawn, linear

from xaibrain import load_explainer
from xaibrain.errors import UsageError

TARGET = np.array([1])


def bilinear(cells, height, width):
    """Enlarge a grid: half-pixel centres, ends repeated, in float64."""
    rows, columns = cells.shape
    big = np.zeros((height, width))
    for i in range(height):
        for j in range(width):
            y = min(max((i + 0.5) * rows / height - 0.5, 0), rows - 1)
            x = min(max((j + 0.5) * columns / width - 0.5, 0), columns - 1)
            top, left = int(y), int(x)
            under, right = min(top + 1, rows - 1), min(left + 1, columns - 1)
            upper = cells[top, left] * (left + 1 - x) + cells[top, right] * (x - left)
            lower = cells[under, left] * (left + 1 - x) + cells[under, right] * (x - left)
            big[i, j] = upper * (top + 1 - y) + lower * (y - top)
    return big


def masks_by_the_paper(count, grid, keep, height, width, seed):
    """Petsiuk et al. 2018, section 3.2."""
    draw = np.random.default_rng(seed)
    rows, columns = -(-height // grid), -(-width // grid)
    masks = []
    for _ in range(count):
        cells = (draw.random((grid, grid)) < keep).astype(np.float64)
        top, left = draw.integers(rows), draw.integers(columns)
        big = bilinear(cells, (grid + 1) * rows, (grid + 1) * columns)
        masks.append(big[top : top + height, left : left + width])
    return np.array(masks)


@pytest.mark.parametrize(("fill", "filling"), [("black", 0), ("mean", None)])
def test_as_the_paper_says(fill, filling):
    picture, weights = drawn((13, 10, 3))
    model = Analytic(curved(weights))
    found = load_explainer("rise", masks=40, grid=3, keep=0.4, fill=fill, of="logit", seed=5)
    found = found.explain(model, picture[None], TARGET)[0]
    masks = masks_by_the_paper(40, 3, 0.4, 13, 10, 5)
    filling = picture.astype(np.float64).mean(axis=(0, 1)) if filling is None else filling
    copies = masks[..., None] * picture + (1 - masks[..., None]) * filling
    scores = model.score(copies)
    wanted = sum(score * mask for score, mask in zip(scores, masks, strict=True)) / 40 / 0.4
    assert np.abs(found - wanted).max() <= 1e-4 * np.abs(wanted).max()


def test_covariance_is_that_of_scores_and_masks():
    picture, weights = drawn((13, 10, 3))
    model = Analytic(curved(weights))
    explainer = load_explainer("rise", masks=40, grid=3, keep=0.4, of="logit", estimate="covariance")
    found = explainer.explain(model, picture[None], TARGET)[0]
    masks = masks_by_the_paper(40, 3, 0.4, 13, 10, 0)
    scores = model.score(masks[..., None] * picture)
    wanted = [[np.cov(scores, masks[:, i, j])[0, 1] / 0.4 for j in range(10)] for i in range(13)]
    assert np.abs(found - wanted).max() <= 1e-4 * np.abs(wanted).max()


def expected(worth, grid, keep):
    """Return the covariance of score and mask for Σ worth · mask, exactly: over all shifts."""
    height, width = worth.shape
    rows, columns = -(-height // grid), -(-width // grid)
    total = np.zeros_like(worth)
    for top in range(rows):
        for left in range(columns):
            for cell in range(grid**2):
                unit = np.eye(grid**2)[cell].reshape(grid, grid)
                big = bilinear(unit, (grid + 1) * rows, (grid + 1) * columns)
                part = big[top : top + height, left : left + width]
                total += part * (part * worth).sum()
    return keep * (1 - keep) * total / (rows * columns)


@pytest.mark.parametrize("estimate", ["paper", "covariance"])
def test_it_tends_to_its_expectation_for_a_linear_score(estimate):
    picture, weights = drawn((8, 8, 1), seed=2)
    worth = (picture * weights)[..., 0].astype(np.float64)
    covariance = expected(worth, 2, 0.5) / 0.5
    level = 0.5 * worth.sum() if estimate == "paper" else 0
    wanted = covariance + level
    errors = []
    for count in (100, 10_000):
        explainer = load_explainer("rise", masks=count, grid=2, of="logit", estimate=estimate, batch_size=500)
        found = explainer.explain(Analytic(linear(weights)), picture[None], TARGET)[0]
        errors.append(np.sqrt(((found - wanted) ** 2).mean()))
    # Ten times closer with a hundred times as many masks, on average; half of that is asked for.
    assert errors[1] < errors[0] / 5
    assert errors[1] < 0.05 * np.abs(wanted).max()


def test_a_picture_on_which_nothing_depends_is_flat_only_without_the_level():
    model = Analytic(lambda images: np.full(len(images), 3.0))
    picture = drawn((16, 16, 1))[0][None]
    level = load_explainer("rise", masks=200, of="logit").explain(model, picture, TARGET)
    assert np.abs(level - 3).max() > 0.01
    flat = load_explainer("rise", masks=200, of="logit", estimate="covariance")
    assert np.abs(flat.explain(model, picture, TARGET)).max() < 1e-5


@pytest.mark.parametrize("wrong", [{"masks": 1}, {"grid": 0}, {"keep": 1.0}, {"seed": -1}, {"batch_size": 0}])
def test_parameters_that_do_not_work_are_refused(wrong):
    with pytest.raises(UsageError, match=f"rise: {next(iter(wrong))}="):
        load_explainer("rise", **wrong)

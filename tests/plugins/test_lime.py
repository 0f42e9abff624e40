"""LIME equals its equations, recovers a linear score, and agrees with its authors' library."""

import numpy as np
import pytest
from analytic import Analytic, curved, drawn, linear

from xaibrain import load_explainer
from xaibrain.errors import UsageError
from xaibrain_perturbation.probe import Probe
from xaibrain_perturbation.segments import superpixels

TARGET = np.array([1])


def superpixels_of(model, picture, count):
    return superpixels(Probe(model, picture, picture, TARGET, "logit", 1), count)


def copies_of(picture, segments, samples, seed, filling):
    draw = np.random.default_rng(seed)
    coalitions = draw.integers(0, 2, (samples, segments.max() + 1)).astype(np.float64)
    coalitions[0] = 1
    kept = coalitions[:, segments][..., None]
    return coalitions, kept * picture + (1 - kept) * filling


def lime_by_the_paper(coalitions, scores, width, ridge):
    """Ribeiro et al. 2016, equation 2 and section 3.4: the minimum of Σ π (f − w·z − b)² + ridge |w|²."""
    count = coalitions.shape[1]
    left, right = np.zeros((count + 1, count + 1)), np.zeros(count + 1)
    for z, score in zip(coalitions, scores, strict=True):
        distance = 1 - z.sum() / (np.sqrt(z.sum()) * np.sqrt(count)) if z.any() else 1.0
        weight = np.exp(-(distance**2) / width**2)
        row = np.append(z, 1)
        left += weight * np.outer(row, row)
        right += weight * score * row
    left[:count, :count] += ridge * np.eye(count)
    return np.linalg.solve(left, right)[:count]


@pytest.mark.parametrize(("width", "ridge"), [(0.25, 1.0), (0.6, 0.01)])
def test_as_the_paper_says(width, ridge):
    picture, weights = drawn((24, 24, 3))
    model = Analytic(curved(weights))
    explainer = load_explainer("lime", segments=12, samples=80, width=width, ridge=ridge, of="logit", seed=3)
    found = explainer.explain(model, picture[None], TARGET)[0]
    segments = superpixels_of(model, picture, 12)
    filling = picture.astype(np.float64).mean(axis=(0, 1))
    coalitions, copies = copies_of(picture, segments, 80, 3, filling)
    wanted = lime_by_the_paper(coalitions, model.score(copies), width, ridge)[segments]
    assert np.abs(found - wanted).max() <= 1e-4 * np.abs(wanted).max()


def test_a_linear_score_gives_its_coefficients():
    picture, weights = drawn((24, 24, 1))
    model = Analytic(linear(weights))
    explainer = load_explainer("lime", segments=10, samples=60, ridge=0.0, fill="black", of="logit")
    found = explainer.explain(model, picture[None], TARGET)[0]
    segments = superpixels_of(model, picture, 10)
    wanted = np.bincount(segments.ravel(), (picture * weights).sum(axis=2).ravel())[segments]
    assert np.abs(found - wanted).max() <= 1e-4 * np.abs(wanted).max()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_it_agrees_with_the_authors_library():
    base = pytest.importorskip("lime.lime_base")
    picture, weights = drawn((24, 24, 3))
    model = Analytic(curved(weights))
    # Their kernel is the square root of the paper's, so that their width is ours over the root of two.
    found = load_explainer("lime", segments=12, samples=80, width=0.25 * 2**0.5, of="logit")
    found = found.explain(model, picture[None], TARGET)[0]
    segments = superpixels_of(model, picture, 12)
    filling = picture.astype(np.float64).mean(axis=(0, 1))
    coalitions, copies = copies_of(picture, segments, 80, 0, filling)
    distances = 1 - np.sqrt(coalitions.mean(axis=1))
    theirs = base.LimeBase(lambda d: np.sqrt(np.exp(-(d**2) / 0.25**2)), random_state=0)
    scores = np.stack([-model.score(copies) / 3, model.score(copies)], axis=1)
    coefficients = theirs.explain_instance_with_data(coalitions, scores, distances, 1, 1000)[1]
    wanted = np.zeros(segments.max() + 1)
    for superpixel, coefficient in coefficients:
        wanted[superpixel] = coefficient
    assert np.abs(found - wanted[segments]).max() <= 1e-4 * np.abs(wanted).max()


def test_superpixels_are_connected_cover_the_picture_and_follow_its_edges():
    from scipy.ndimage import label

    picture = np.full((48, 48, 1), 40, np.float32)
    picture[12:30, 15:33] = 200
    segments = superpixels_of(Analytic(linear(1)), picture, 16)
    assert set(segments.ravel()) == set(range(segments.max() + 1))
    assert 8 <= segments.max() + 1 <= 24
    for one in range(segments.max() + 1):
        assert label(segments == one)[1] == 1
        assert min((picture[segments == one] == value).mean() for value in (40, 200)) < 0.05


@pytest.mark.parametrize(
    "wrong", [{"segments": 1}, {"samples": 1}, {"width": 0}, {"ridge": -1}, {"seed": -1}]
)
def test_parameters_that_do_not_work_are_refused(wrong):
    with pytest.raises(UsageError, match=f"lime: {next(iter(wrong))}="):
        load_explainer("lime", **wrong)

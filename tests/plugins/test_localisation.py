"""Localisation metrics equal their papers' formulas, read slowly, and say when they mean nothing."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from maps import explained

from xaibrain import load_metric, score
from xaibrain.core.manager import manager
from xaibrain.errors import UsageError

NAMES = ["pointing-game", "relevance-mass", "relevance-ratio", "rank-accuracy", "iou", "best-iou", "auc"]


def value(name, heatmap, mask, **more):
    (found,) = score(explained(heatmap, mask, **more), name)
    assert found.reason == ""
    return found.value


def reason(name, heatmap, mask, **more):
    (found,) = score(explained(heatmap, mask, **more), name)
    assert found.value is None
    return found.reason


def pairs(heatmap, mask):
    """The positive part and the mask, pixel by pixel, as Python numbers."""
    positive = [max(float(one), 0.0) for one in np.ravel(heatmap)]
    return list(zip(positive, map(bool, np.ravel(mask)), strict=True))


def pointing_slowly(heatmap, mask):
    found = pairs(heatmap, mask)
    best = max(one for one, _ in found)
    hits = [inside for one, inside in found if one == best]
    return sum(hits) / len(hits)


def mass_slowly(heatmap, mask):
    found = pairs(heatmap, mask)
    return sum(one for one, inside in found if inside) / sum(one for one, _ in found)


def ratio_slowly(heatmap, mask):
    return mass_slowly(heatmap, mask) * np.size(mask) / np.sum(mask)


def rank_slowly(heatmap, mask):
    """The mean over both ends of what a sort may do to ties: lesion first, lesion last."""
    found, size = pairs(heatmap, mask), int(np.sum(mask))
    strict = [pair for pair in found if pair[0] > sorted(one for one, _ in found)[-size]]
    tied = [inside for one, inside in found if one == sorted(one for one, _ in found)[-size]]
    left = size - len(strict)
    return (sum(inside for _, inside in strict) + left * sum(tied) / len(tied)) / size


def iou_slowly(heatmap, mask, threshold=0.5):
    found = pairs(heatmap, mask)
    cut = threshold * max(one for one, _ in found)
    both = sum(inside and one >= cut for one, inside in found)
    either = sum(inside or one >= cut for one, inside in found)
    return both / either


def best_iou_slowly(heatmap, mask):
    found = pairs(heatmap, mask)
    largest = max(one for one, _ in found)
    return max(iou_slowly(heatmap, mask, one / largest) for one, _ in found if one > 0)


def auc_slowly(heatmap, mask):
    """Mann and Whitney: over all pairs of a pixel on the lesion and one beside it."""
    found = pairs(heatmap, mask)
    wins = [
        (on > beside) + 0.5 * (on == beside)
        for on, inside in found
        if inside
        for beside, also in found
        if not also
    ]
    return sum(wins) / len(wins)


SLOW = dict(
    zip(
        NAMES,
        [pointing_slowly, mass_slowly, ratio_slowly, rank_slowly, iou_slowly, best_iou_slowly, auc_slowly],
        strict=True,
    )
)

# Eighths: sums and thresholds are exact, and ties are common.
maps = st.lists(st.integers(-8, 8), min_size=24, max_size=24).map(
    lambda numbers: np.reshape(np.array(numbers, np.float32) / 8, (4, 6))
)
masks = st.lists(st.booleans(), min_size=24, max_size=24).map(lambda bits: np.reshape(bits, (4, 6)))


@pytest.mark.parametrize("name", NAMES)
@given(heatmap=maps, mask=masks)
def test_as_read_slowly(name, heatmap, mask):
    assume(heatmap.max() > 0 and heatmap.min() < heatmap.max() and mask.any() and not mask.all())
    found = value(name, heatmap, mask)
    assert found == pytest.approx(SLOW[name](heatmap, mask), abs=1e-12)


@pytest.mark.parametrize("name", NAMES)
@given(heatmap=maps, mask=masks, scale=st.sampled_from([2.0**-20, 0.25, 8.0, 2.0**30]))
def test_only_the_shape_of_the_positive_part_counts(name, heatmap, mask, scale):
    assume(heatmap.max() > 0 and heatmap.min() < heatmap.max() and mask.any() and not mask.all())
    once = value(name, heatmap, mask)
    low, high = load_metric(name).range
    assert low <= once <= high
    assert value(name, heatmap * scale, mask) == once
    deeper = np.where(heatmap < 0, heatmap * 3, heatmap)
    assert value(name, deeper, mask) == once
    assert value(name, heatmap[:, ::-1], mask[:, ::-1]) == pytest.approx(once, abs=1e-12)


HALF = np.repeat([[True, False]], 4, axis=0).repeat(2, axis=1)


@pytest.mark.parametrize("name", NAMES)
def test_a_map_that_is_the_mask_is_perfect(name):
    best = {"relevance-ratio": 2.0}.get(name, 1.0)
    assert value(name, HALF.astype(float), HALF) == best


@pytest.mark.parametrize(
    ("name", "worst"), [(name, 0.0) for name in NAMES if name not in ("auc",)] + [("auc", 0.0)]
)
def test_a_map_beside_the_lesion_is_worth_nothing(name, worst):
    assert value(name, 1.0 - HALF, HALF) == worst


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("heatmap", "why"),
    [
        (np.zeros((4, 4)), "the map is constant"),
        (np.ones((4, 4)), "the map is constant"),
        (-np.eye(4) - 1, "the map is all-negative"),
        (np.where(np.eye(4) > 0, np.nan, 1), "the map is non-finite"),
    ],
)
def test_a_map_that_says_nothing_is_no_hit(name, heatmap, why):
    assert reason(name, heatmap, HALF) == why


@pytest.mark.parametrize("name", NAMES)
def test_without_a_lesion_there_is_nothing_to_find(name):
    assert reason(name, np.eye(4), np.zeros((4, 4), bool)) == "the mask is empty"
    assert reason(name, np.eye(4), None) == "the picture has no mask"


def test_maps_are_compared_at_the_size_of_the_picture():
    """2 cells over 8 pixels, half-pixel centres: 1, 1, 7/8, 5/8, 3/8, 1/8, 0, 0 times the first."""
    mask = np.zeros((8, 8), bool)
    mask[:, :3] = True
    assert value("relevance-mass", [[1.0, 0.0]], mask) == pytest.approx(2.875 / 4)
    assert value("iou", [[1.0, 0.0]], mask) == pytest.approx(3 / 4)
    # Both outermost cell centres lie a quarter in: two columns share the largest value.
    assert value("pointing-game", [[1.0, 0.0]], mask) == 1
    mask[:, 0] = False
    assert value("pointing-game", [[1.0, 0.0]], mask) == 0.5


def test_what_the_model_did_not_see_is_no_part_of_chance():
    mask = np.zeros((4, 8), bool)
    mask[1:3, 1:3] = True
    seen = (0, 0, 4, 4)
    even = np.ones((4, 4))
    even[0, 0] = 1.001
    assert value("relevance-ratio", even, mask, crop=seen) == pytest.approx(1, abs=1e-3)
    assert value("auc", even, mask, crop=seen) == pytest.approx(0.5, abs=0.05)
    beyond = (0, 4, 4, 8)
    assert value("relevance-mass", even, mask, crop=beyond) == 0
    for name in ("relevance-ratio", "auc"):
        assert reason(name, even, mask, crop=beyond) == "the model did not see the lesion"
    inside = (1, 1, 3, 3)
    assert reason("auc", np.eye(2), mask, crop=inside) == "the mask covers all that the model saw"


def test_a_near_miss_hits_within_the_tolerance():
    heatmap, mask = np.zeros((1, 9)), np.zeros((1, 9), bool)
    heatmap[0, 0], mask[0, 5:] = 1, True
    for tolerance, hit in ((0, 0), (4, 0), (4.99, 0), (5, 1), (9, 1)):
        metric = load_metric("pointing-game", tolerance=tolerance)
        assert score(explained(heatmap, mask), metric)[0].value == hit


@pytest.mark.parametrize("name", ["iou", "best-iou"])
def test_a_box_is_no_outline(name):
    assert reason(name, np.eye(4), HALF, mask_kind="box") == "the mask is a box, not an outline"
    assert value("relevance-mass", np.eye(4), HALF, mask_kind="box") == 0.5


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("iou", {"threshold": 0}), ("iou", {"threshold": 1.1}), ("pointing-game", {"tolerance": -1})],
)
def test_parameters_out_of_range_are_refused(name, wrong):
    with pytest.raises(UsageError, match=f"^{name}: {next(iter(wrong))}="):
        load_metric(name, **wrong)


def test_every_metric_says_what_and_whence():
    for entry in manager().registry.entries("metric"):
        assert entry.spec.reference
        assert entry.target().__doc__

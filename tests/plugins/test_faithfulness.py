"""Faithfulness equals what is worked out on paper for linear models, and the formulas read slowly."""

from itertools import pairwise

import numpy as np
import pytest
from fakes import FakeModel
from hypothesis import given
from hypothesis import strategies as st
from linear import LinearModel
from maps import explained

from xaibrain import load_metric, score
from xaibrain.errors import UsageError
from xaibrain_metrics.asking import BATCH
from xaibrain_metrics.road import imputed

SIDE = 4
RANKED = np.arange(16.0).reshape(SIDE, SIDE)[::-1, ::-1]
"""The first pixel has the largest relevance, the last one 0."""
WHITE = np.ones((SIDE, SIDE))


def value(name, heatmap, model, pixels=WHITE, target="ill", **parameters):
    metric = load_metric(name, **parameters)
    (found,) = score(explained(heatmap, pixels=pixels, target=target), metric, model=model)
    assert found.reason == ""
    low, high = metric.range
    assert low <= found.value <= high
    return found.value


def only(*places):
    """A model that looks at some pixels alone, all alike."""
    weights = np.zeros(SIDE * SIDE)
    weights[list(places)] = 1 / len(places)
    return LinearModel(weights.reshape(SIDE, SIDE))


def test_deletion_of_the_one_pixel_that_counts():
    """The curve is 1 until the pixel goes, 0 from then on; the trapezoid cuts the step in half."""
    for place in range(16):
        found = value("deletion", RANKED, only(place), steps=16, fill="black")
        assert found == pytest.approx((place + 0.5) / 16)


def test_insertion_of_the_one_pixel_that_counts():
    for place in range(16):
        found = value("insertion", RANKED, only(place), steps=16, fill="black")
        assert found == pytest.approx(1 - (place + 0.5) / 16)


def test_pixel_flipping_of_the_one_pixel_that_counts():
    for place in range(16):
        found = value("pixel-flipping", RANKED, only(place), steps=16, fill="black")
        assert found == pytest.approx((16 - place) / 17)


def curve_slowly(heatmap, pixels, weights, start, end):
    """A pixel at a time, by a stable sort, in float64."""
    now = np.array(start, np.float64)
    values = [float((now * weights).sum())]
    for place in sorted(range(heatmap.size), key=lambda at: -heatmap.ravel()[at]):
        now.ravel()[place] = end.ravel()[place]
        values.append(float((now * weights).sum()))
    return values


def trapezoid(values):
    return sum((a + b) / 2 for a, b in pairwise(values)) / (len(values) - 1)


@given(seed=st.integers(0, 999))
def test_curves_as_read_slowly(seed):
    draw = np.random.default_rng(seed)
    heatmap = draw.permutation(16).reshape(4, 4) - 5.0
    pixels, weights = draw.uniform(size=(4, 4)), draw.uniform(size=(4, 4)) / 16
    mean, model = np.full((4, 4), pixels.mean()), LinearModel(weights)
    going = curve_slowly(heatmap, pixels, weights, pixels, mean)
    coming = curve_slowly(heatmap, pixels, weights, mean, pixels)
    found = {name: value(name, heatmap, model, pixels, steps=16, fill="mean")
             for name in ("deletion", "insertion", "pixel-flipping")}  # fmt: skip
    assert found["deletion"] == pytest.approx(trapezoid(going), abs=1e-6)
    assert found["insertion"] == pytest.approx(trapezoid(coming), abs=1e-6)
    assert found["pixel-flipping"] == pytest.approx(np.mean([going[0] - one for one in going]), abs=1e-6)


def test_the_best_order_scores_best():
    draw = np.random.default_rng(2)
    weights = draw.uniform(size=(SIDE, SIDE)) / 16
    model = LinearModel(weights)
    others = [draw.permutation(16).reshape(SIDE, SIDE) for _ in range(20)]
    for name, better in (("deletion", min), ("insertion", max), ("pixel-flipping", max)):
        mine, *theirs = (
            value(name, heatmap, model, steps=16, fill="black") for heatmap in (weights, *others)
        )
        assert mine == better([mine, *theirs])
        assert load_metric(name).higher_is_better is (better is max)


def test_pixels_that_tie_go_in_random_order_not_from_the_corner():
    heatmap = np.zeros((8, 8))
    heatmap[0, 0] = 1
    model = LinearModel(np.where(np.arange(64).reshape(8, 8) < 8, 1 / 8, 0))
    settings = {"pixels": np.ones((8, 8)), "steps": 64, "fill": "black"}
    found = [value("deletion", heatmap, model, **settings, seed=seed) for seed in range(9)]
    assert len(set(found)) > 1
    assert np.mean(found) == pytest.approx(0.5 - 0.5 / 8, abs=0.06)
    assert value("deletion", heatmap, model, **settings, seed=3) == found[3]


def test_questions_are_bounded():
    model = only(0)
    value("deletion", RANKED, model, steps=16)
    value("insertion", np.arange(1600.0).reshape(40, 40), LinearModel(np.full((40, 40), 1 / 1600)),
          np.ones((40, 40)), steps=1600)  # fmt: skip
    assert max(model.batches) <= BATCH
    assert sum(model.batches) == 17


def test_one_class_against_another_is_judged_by_its_share_of_the_two():
    class Three(FakeModel):
        class_names = ("a", "b", "c")

        def logits(self, images):
            mean = images.mean(axis=(1, 2, 3))
            return np.stack([mean, 0 * mean, 5 + 0 * mean], axis=1).astype(np.float32)

    made = explained(np.eye(4), pixels=np.full((4, 4), 3, np.uint8), target="a:b")
    (found,) = score(made, load_metric("deletion", steps=1, fill="black"), model=Three())
    assert found.value == pytest.approx((1 / (1 + np.exp(-3)) + 1 / (1 + np.exp(-3))) / 2, abs=1e-5)


def test_average_drop_increase_and_gain_by_hand():
    """The map lights the upper half in full and the lower half by half."""
    heatmap = np.repeat([[4.0], [2.0]], 2, axis=1).repeat(2, axis=0)
    size = {"pixels": np.full((4, 2), 1.0)}
    upper = LinearModel(np.repeat([[0.1], [0.05]], 2, axis=0).repeat(2, axis=1))
    before, after = 0.6, 0.4 + 0.2 * 0.5
    assert value("average-drop", heatmap, upper, **size) == pytest.approx((before - after) / before, abs=1e-6)
    assert value("increase", heatmap, upper, **size) == 0
    assert value("average-gain", heatmap, upper, **size) == 0
    # The lower half speaks against the class: half of it gone is a gain.
    lower = LinearModel(np.repeat([[0.2], [-0.1]], 2, axis=0).repeat(2, axis=1))
    before, after = 0.8 - 0.4, 0.8 - 0.2
    assert value("average-drop", heatmap, lower, **size) == 0
    assert value("increase", heatmap, lower, **size) == 1
    assert value("average-gain", heatmap, lower, **size) == pytest.approx(
        (after - before) / (1 - before), abs=1e-6
    )


@pytest.mark.parametrize("name", ["average-drop", "average-gain", "increase"])
def test_only_the_positive_part_lights_and_its_scale_does_not_count(name):
    draw = np.random.default_rng(4)
    heatmap = draw.normal(size=(SIDE, SIDE))
    model = LinearModel(draw.uniform(-0.05, 0.1, (SIDE, SIDE)))
    once = value(name, heatmap, model)
    assert value(name, np.where(heatmap < 0, heatmap * 9, heatmap) * 4, model) == once


def test_black_is_what_the_model_takes_for_it():
    """On −1 to 1, a pixel that the map leaves dark is −1 and not 0."""
    model = LinearModel(np.full((2, 2), 0.25))
    model.preprocessing = {"value_range": (-1.0, 1.0)}
    heatmap = np.array([[1.0, 0.0], [1.0, 0.0]])
    assert value("average-drop", heatmap, model, np.ones((2, 2))) == pytest.approx(1.0)
    model.preprocessing = {}
    assert value(
        "deletion", heatmap, model, np.array([[1, 0.5], [1, 0.5]]), steps=1, fill="black"
    ) == pytest.approx((0.75 + 0.5) / 2)


def imputed_slowly(image, hole):
    """The system of Rong et al. written out, dense."""
    rows, columns, channels = image.shape
    system, right = np.zeros((rows * columns, rows * columns)), np.zeros((rows * columns, channels))
    for y in range(rows):
        for x in range(columns):
            at = y * columns + x
            if not hole[y, x]:
                system[at, at], right[at] = 1, image[y, x]
                continue
            for down in (-1, 0, 1):
                for across in (-1, 0, 1):
                    if (down or across) and 0 <= y + down < rows and 0 <= x + across < columns:
                        weight = 1 / 12 if down and across else 1 / 6
                        system[at, at] += weight
                        system[at, (y + down) * columns + x + across] -= weight
    return np.linalg.solve(system, right).reshape(image.shape)


@given(seed=st.integers(0, 999), share=st.floats(0.05, 0.95))
def test_holes_are_imputed_as_read_slowly(seed, share):
    draw = np.random.default_rng(seed)
    image = draw.uniform(size=(5, 6, 2))
    hole = draw.random((5, 6)) < share
    hole[draw.integers(5), draw.integers(6)] = False
    if hole.any():
        assert np.allclose(imputed(image, hole), imputed_slowly(image, hole))


def test_a_slope_is_imputed_as_it_was():
    image = np.add.outer(np.arange(7.0), 2 * np.arange(7.0))[..., None]
    hole = np.zeros((7, 7), bool)
    hole[2:5, 2:5] = True
    assert np.allclose(imputed(image, hole), image)


def test_road_by_hand():
    """Half of the pixels count, all white on black ones that do not: what is imputed is worked out above."""
    draw = np.random.default_rng(0)
    pixels, weights = draw.uniform(size=(4, 4)), draw.uniform(size=(4, 4)) / 16
    order = np.argsort(-RANKED.ravel())
    gaps = []
    for share in (0.25, 0.5):
        first, last = np.zeros(16, bool), np.zeros(16, bool)
        first[order[: int(16 * share)]] = True
        last[order[::-1][: int(16 * share)]] = True
        without = [imputed_slowly(pixels[..., None], hole.reshape(4, 4))[..., 0] for hole in (first, last)]
        gaps.append(((without[1] - without[0]) * weights).sum() / 2)
    found = value("road", RANKED, LinearModel(weights), pixels, shares=(0.25, 0.5), noise=0.0)
    assert found == pytest.approx(np.mean(gaps), abs=1e-6)
    noisy = [value("road", RANKED, LinearModel(weights), pixels, seed=seed) for seed in (0, 0, 1)]
    assert noisy[0] == noisy[1] != noisy[2]


@pytest.mark.parametrize("name", ["deletion", "insertion", "pixel-flipping", "road"])
def test_a_map_that_ranks_nothing_has_no_score(name):
    model = only(0)
    for heatmap, why in ((WHITE, "constant"), (np.full((4, 4), np.nan), "non-finite")):
        (found,) = score(explained(heatmap, pixels=WHITE), name, model=model)
        assert (found.value, found.reason) == (None, f"the map is {why}")
    # Less against the class comes before more against it.
    assert value(name, RANKED - 100, model) == value(name, RANKED, model)


@pytest.mark.parametrize("name", ["average-drop", "average-gain", "increase"])
def test_a_map_that_lights_nothing_has_no_score(name):
    (found,) = score(explained(RANKED - 100, pixels=WHITE), name, model=only(0))
    assert found.reason == "the map is all-negative"


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("deletion", {"steps": 0}), ("insertion", {"steps": 0}), ("road", {"shares": (0.5, 1.0)})],
)
def test_parameters_that_do_nothing_are_refused(name, wrong):
    with pytest.raises(UsageError, match=f"{name}: "):
        load_metric(name, **wrong)

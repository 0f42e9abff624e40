"""Sparseness and entropy equal their papers' formulas, read slowly."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from maps import explained

from xaibrain import load_metric, score

NAMES = ["sparseness", "entropy"]


def value(name, heatmap):
    (found,) = score(explained(heatmap), name)
    return found.value


def sparseness_slowly(heatmap):
    """Half the mean absolute difference over the mean: another form of the Gini index."""
    sizes = [abs(float(one)) for one in np.ravel(heatmap)]
    differences = sum(abs(a - b) for a in sizes for b in sizes)
    return differences / (2 * len(sizes) * sum(sizes))


def entropy_slowly(heatmap):
    sizes = [abs(float(one)) for one in np.ravel(heatmap)]
    return -sum(one / sum(sizes) * math.log(one / sum(sizes)) for one in sizes if one)


SLOW = {"sparseness": sparseness_slowly, "entropy": entropy_slowly}
maps = st.lists(st.integers(-50, 50), min_size=12, max_size=12).map(
    lambda numbers: np.reshape(np.array(numbers, np.float32), (3, 4))
)


@pytest.mark.parametrize("name", NAMES)
@given(heatmap=maps)
def test_as_read_slowly(name, heatmap):
    assume(heatmap.any())
    found = value(name, heatmap)
    low, high = load_metric(name).range
    assert low - 1e-12 <= found <= high
    assert found == pytest.approx(SLOW[name](heatmap), abs=1e-9)
    assert value(name, -heatmap * 4) == pytest.approx(found, abs=1e-12)


def test_one_pixel_and_all_pixels():
    one = np.zeros((5, 5))
    one[2, 3] = 7
    assert value("sparseness", one) == pytest.approx(1 - 1 / 25)
    assert value("entropy", one) == 0
    assert value("sparseness", one * 0 + 3) == pytest.approx(0)
    assert value("entropy", one * 0 + 3) == pytest.approx(math.log(25))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_to_share_out(name):
    assert score(explained(np.zeros((3, 3))), name)[0].reason == "the map is zero everywhere"
    assert score(explained(np.full((3, 3), np.inf)), name)[0].reason == "the map is non-finite"

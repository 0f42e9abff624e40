"""Baselines are what they say, and know nothing of model or class."""

import numpy as np
import pytest

from xaibrain import load_explainer
from xaibrain.defaults import BASELINES
from xaibrain.errors import UsageError

NOTHING = np.zeros(1, np.int64)


def map_of(name, image, **parameters):
    (found,) = load_explainer(name, **parameters).explain(None, image[None], NOTHING)
    assert found.dtype == np.float32
    return found


def test_the_benchmark_knows_them_by_name():
    assert [load_explainer(name).requires for name in BASELINES] == [frozenset()] * 3


def test_the_centre_is_a_gaussian_of_the_asked_width():
    found = map_of("baseline-centre", np.zeros((8, 6, 3), np.float32), width=0.5)
    for row, column in np.ndindex(8, 6):
        y, x = (row + 0.5) / 8 - 0.5, (column + 0.5) / 6 - 0.5
        assert found[row, column] == pytest.approx(np.exp(-(x**2 + y**2) / (2 * 0.5**2)), rel=1e-6)


def test_edges_are_the_steepness_of_the_mean_channel():
    """A ramp of 3 a column and 4 a row is 5 steep wherever Sobel's kernel fits."""
    rows, columns = np.mgrid[0:9, 0:7].astype(np.float32)
    ramp = 4 * rows + 3 * columns
    picture = np.stack([ramp - 9, ramp, ramp + 9], axis=2)
    assert np.allclose(map_of("baseline-edges", picture, sigma=0)[1:-1, 1:-1], 5, rtol=1e-5)
    step = np.zeros((9, 9, 1), np.float32)
    step[:, 5:] = 8
    sharp, soft = (map_of("baseline-edges", step, sigma=sigma)[4] for sigma in (0, 1))
    assert sharp.tolist() == [0, 0, 0, 0, 4, 4, 0, 0, 0]
    assert 0 < soft[2] < soft[3] < soft[4] < 4


def test_chance_depends_on_picture_and_seed_and_is_even():
    draw = np.random.default_rng(0)
    one, other = draw.normal(size=(2, 4, 4, 1)).astype(np.float32)
    assert (map_of("baseline-random", one) == map_of("baseline-random", one.copy())).all()
    assert np.abs(map_of("baseline-random", one) - map_of("baseline-random", other)).max() > 0.1
    assert np.abs(map_of("baseline-random", one) - map_of("baseline-random", one, seed=1)).max() > 0.1
    many = map_of("baseline-random", one, cells=200)
    assert many.shape == (200, 200)
    assert 0 <= many.min() < 0.01
    assert 0.99 < many.max() < 1
    assert abs(many.mean() - 0.5) < 0.01


@pytest.mark.parametrize(
    ("name", "wrong"), [("centre", {"width": 0}), ("edges", {"sigma": -1}), ("random", {"cells": 0})]
)
def test_wrong_settings_are_told(name, wrong):
    with pytest.raises(UsageError):
        load_explainer(f"baseline-{name}", **wrong)

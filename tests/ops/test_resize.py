"""Maps are resampled as OpenCV and TensorFlow do, and NaN stays where it is."""

import cv2
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from xaibrain.ops.resize import between, resample, stretched


def half_pixel(cells, pixels):
    return (np.arange(pixels) + 0.5) * cells / pixels - 0.5


def enlarged(heatmap, height, width):
    return resample(heatmap, half_pixel(heatmap.shape[0], height), half_pixel(heatmap.shape[1], width))


SIZES = (st.integers(1, 9), st.integers(1, 9), st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))


@given(*SIZES)
def test_stretching_is_resampling_of_the_whole_map(rows, columns, height, width, seed):
    rng = np.random.default_rng(seed)
    heatmap = rng.normal(size=(rows, columns)).astype(np.float32)
    assert np.allclose(stretched(heatmap, height, width), enlarged(heatmap, height, width), atol=1e-5)
    bad = np.zeros_like(heatmap)
    bad[rng.integers(rows), rng.integers(columns)] = 1
    spoiled = np.isnan(stretched(np.where(bad, np.nan, heatmap), height, width))
    share = enlarged(bad, height, width)
    # Where a place lies on a cell, rounding decides whether the next one takes part.
    assert (share[~spoiled] < 1e-5).all()
    assert (stretched(bad, height, width)[spoiled] > 0).all()


@given(*SIZES)
def test_as_opencv_and_tensorflow(rows, columns, height, width, seed):
    heatmap = np.random.default_rng(seed).normal(size=(rows, columns)).astype(np.float32)
    found = enlarged(heatmap, height, width)
    by_opencv = cv2.resize(heatmap, (width, height), interpolation=cv2.INTER_LINEAR)
    by_tensorflow = tf.image.resize(heatmap[..., None], (height, width), method="bilinear")[..., 0]
    assert found.dtype == np.float32
    assert np.allclose(found, by_opencv, atol=1e-5)
    assert np.allclose(found, by_tensorflow, atol=1e-5)


@given(st.integers(1, 12), st.lists(st.floats(-20, 20), min_size=1, max_size=9))
def test_what_lies_between_is_linear_and_ends_are_repeated(cells, places):
    ramp = np.arange(cells, dtype=np.float32)[:, None]
    assert np.allclose(between(ramp, np.array(places))[:, 0], np.clip(places, 0, cells - 1), atol=1e-5)


def test_reading_at_the_cells_themselves_changes_nothing():
    heatmap = np.random.default_rng(0).normal(size=(5, 7)).astype(np.float32)
    assert (resample(heatmap, np.arange(5.0), np.arange(7.0)) == heatmap).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_cell_that_is_not_finite_spoils_only_what_it_takes_part_in(bad):
    heatmap = np.ones((4, 4), np.float32)
    heatmap[0, 0] = bad
    found = enlarged(heatmap, 16, 16)
    # Cell centres lie at 1.5, 5.5, …: what is nearer than one cell to the first one holds a part of it.
    spoiled = np.zeros((16, 16), bool)
    spoiled[:6, :6] = True
    assert (np.isnan(found) == spoiled).all()
    assert np.allclose(found[~spoiled], 1)

"""Shrinking by area, against a slow transcription and against OpenCV."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xaibrain.ops import shrink
from xaibrain.ops.shrink import shrunk

sizes = st.integers(1, 40)


def drawn(height, width, seed, channels=()):
    return np.random.default_rng(seed).uniform(0, 255, (height, width, *channels)).astype(np.float32)


def overlaps(old, new):
    """Write out how much of each old pixel lies under each new one, and divide by what lies there."""
    under = np.zeros((new, old))
    for row in range(new):
        for pixel in range(old):
            top, bottom = row * old / new, (row + 1) * old / new
            under[row, pixel] = max(0, min(bottom, pixel + 1) - max(top, pixel))
    return under / under.sum(axis=1, keepdims=True)


@given(sizes, sizes, sizes, sizes, st.integers(0, 99))
@settings(max_examples=150, deadline=None)
def test_each_pixel_is_the_mean_of_what_lies_under_it(height, width, more_rows, more_columns, seed):
    pixels = drawn(height + more_rows, width + more_columns, seed)
    slow = overlaps(len(pixels), height) @ pixels.astype(np.float64) @ overlaps(pixels.shape[1], width).T
    np.testing.assert_allclose(shrunk(pixels, height, width), slow, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("shape", [(512, 512), (480, 479), (225, 1023), (300, 240), (1446, 1375)])
def test_it_is_what_opencv_calls_area(shape):
    pixels = drawn(*shape, 0)
    theirs = cv2.resize(pixels, (224, 224), interpolation=cv2.INTER_AREA)
    np.testing.assert_allclose(shrunk(pixels, 224, 224), theirs, atol=1e-4)


def test_colours_are_shrunk_one_by_one():
    pixels = drawn(50, 41, 0, (3,))
    apart = np.stack([shrunk(np.ascontiguousarray(pixels[..., c]), 20, 17) for c in range(3)], axis=-1)
    np.testing.assert_array_equal(shrunk(pixels, 20, 17), apart)


def test_a_part_of_a_picture_is_shrunk_as_its_copy():
    pixels = drawn(90, 80, 0)[7:70, 11:66]
    np.testing.assert_array_equal(shrunk(pixels, 20, 17), shrunk(pixels.copy(), 20, 17))


def test_a_huge_picture_is_shrunk_in_pieces(monkeypatch):
    pixels = drawn(200, 150, 0)
    whole = shrunk(pixels, 64, 64)
    monkeypatch.setattr(shrink, "_AT_ONCE", 4000)
    np.testing.assert_array_equal(shrunk(pixels, 64, 64), whole)


@pytest.mark.parametrize("channels", [(), (3,)])
def test_bytes_are_shrunk_as_the_numbers_that_they_are(channels):
    pixels = np.random.default_rng(0).integers(0, 256, (70, 61, *channels), np.uint8)
    np.testing.assert_array_equal(shrunk(pixels, 20, 17), shrunk(pixels.astype(np.float32), 20, 17))

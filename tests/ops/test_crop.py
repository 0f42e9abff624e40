"""The box of a drawn head is known; whatever the picture, the box lies within it."""

import csv

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from xaibrain.ops.crop import foreground_box
from xaibrain.reading import read_image


def head(dtype=np.uint8, low=0, high=200, shape=(120, 160)):
    """A filled ellipse, 61 rows by 81 columns around (60, 80), on a ground of `low`."""
    mask = cv2.ellipse(np.zeros(shape, np.uint8), (80, 60), (40, 30), 0, 0, 360, 1, -1)
    return np.where(mask == 1, high, low).astype(dtype)


def near(box, wanted, tolerance=3):
    return np.abs(np.subtract(box, wanted)).max() <= tolerance


@pytest.mark.parametrize(
    "pixels",
    [
        head(),
        head(low=12, high=40),
        head(np.uint16, 0, 60_000),
        head(np.uint16, 0, 90),
        head(np.float32, -1.0, 1.0),
        head(np.float64, -1e308, 1e308),
        np.repeat(head()[..., None], 3, 2),
        np.asfortranarray(head()),
    ],
    ids=["uint8", "dim", "uint16", "narrow", "float", "huge", "rgb", "fortran"],
)
def test_box_lies_around_the_head_whatever_the_range(pixels):
    assert near(foreground_box(pixels), (30, 40, 91, 121))


def test_input_is_left_alone():
    pixels = head()
    pixels.setflags(write=False)
    foreground_box(pixels)
    assert (pixels == head()).all()


def test_skull_apart_from_the_brain_is_boxed_with_it():
    skull = cv2.ellipse(np.zeros((200, 200), np.uint8), (100, 100), (70, 80), 0, 0, 360, 255, 9)
    brain = cv2.ellipse(skull, (100, 100), (45, 55), 0, 0, 360, 90, -1)
    assert near(foreground_box(brain), (16, 26, 185, 175), 4)


def test_halves_are_boxed_together_and_a_speck_is_not():
    pixels = np.zeros((100, 100), np.uint8)
    pixels[20:45, 30:70] = pixels[55:80, 30:70] = 150
    pixels[3:9, 3:9] = 255
    assert near(foreground_box(pixels), (20, 30, 80, 70))


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((1, 1), np.uint8),
        np.full((1, 1), 7.5),
        np.zeros((50, 40), np.uint8),
        np.full((50, 40), 255, np.uint8),
        np.full((50, 40, 3), 0.25, np.float32),
        255 - head(shape=(50, 40)),
        255 - head(),
        np.eye(60, dtype=np.uint8) * 255,
        np.pad(np.full((9, 9), 255, np.uint8), 50),
    ],
    ids=["pixel", "float pixel", "black", "white", "flat", "no head", "inverted", "line", "speck"],
)
def test_whole_frame_where_no_head_stands_out(pixels):
    assert foreground_box(pixels) == (0, 0, *pixels.shape[:2])


numbers = st.one_of(
    arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, max_side=40)),
    arrays.arrays(np.uint16, arrays.array_shapes(min_dims=2, max_dims=2, max_side=40)),
    arrays.arrays(
        np.float32,
        arrays.array_shapes(min_dims=2, max_dims=2, max_side=40),
        elements=st.floats(allow_nan=False, allow_infinity=False, width=32),
    ),
)


@settings(max_examples=60, deadline=None)
@given(pixels=numbers, colour=st.booleans())
def test_box_is_never_empty_nor_beyond_the_frame(pixels, colour):
    if colour:
        pixels = np.stack([pixels, pixels, pixels], axis=2)
    top, left, bottom, right = foreground_box(pixels)
    assert 0 <= top < bottom <= pixels.shape[0]
    assert 0 <= left < right <= pixels.shape[1]


@settings(max_examples=40, deadline=None)
@given(y=st.integers(20, 60), x=st.integers(20, 60), down=st.integers(32, 60), across=st.integers(32, 60))
def test_box_follows_the_head(y, x, down, across):
    pixels = np.zeros((128, 128), np.uint8)
    pixels[y : y + down, x : x + across] = 180
    assert near(foreground_box(pixels), (y, x, y + down, x + across))


def test_lesions_of_real_scans_are_not_cut_off(lesion_boxes_root):
    with (lesion_boxes_root / "boxes.csv").open() as file:
        rows = list(csv.DictReader(file))[::10]
    for row in rows:
        top, left, bottom, right = foreground_box(read_image(lesion_boxes_root / row["file"]).pixels)
        x0, y0, x1, y1 = (int(row[name]) for name in ("x0", "y0", "x1", "y1"))
        # The boxes were drawn to about 3 pixels.
        assert min(y0 - top, x0 - left, bottom - y1, right - x1) >= -3, row["file"]

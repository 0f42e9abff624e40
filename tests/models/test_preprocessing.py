"""Pictures reach the model in its range, and where the geometry says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xaibrain import Image, Preprocessing
from xaibrain.errors import ModelError


def ramp(height, width, dtype=np.float32, high=200):
    return np.linspace(0, high, height * width).reshape(height, width).astype(dtype)


def test_equal_size_keeps_the_pixels():
    pixels = ramp(12, 16, np.uint8)
    frame, geometry = Preprocessing((12, 16))(Image(pixels, "a"))
    assert frame.dtype == np.float32
    assert (frame == np.repeat(pixels[..., None], 3, axis=2)).all()
    assert (geometry.source, geometry.crop, geometry.content) == ((12, 16), (0, 0, 12, 16), (0, 0, 12, 16))


def test_rgb_keeps_its_channels_and_grey_models_get_luma():
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[..., 0], pixels[..., 1], pixels[..., 2] = 100, 50, 200
    assert (Preprocessing((8, 8))(Image(pixels, "a"))[0] == [100, 50, 200]).all()
    grey, _ = Preprocessing((8, 8), channels=1)(Image(pixels, "a"))
    assert grey.shape == (8, 8, 1)
    assert np.allclose(grey, 0.299 * 100 + 0.587 * 50 + 0.114 * 200, atol=0.1)
    grey, _ = Preprocessing((8, 8), channels=1)(Image(pixels[..., 0], "a"))
    assert (grey == 100).all()


@pytest.mark.parametrize(
    ("pixels", "low", "high"),
    [
        (ramp(8, 8, np.uint8, 255), 0, 255),
        (ramp(8, 8, np.uint16, 60_000), 0, 255),
        (ramp(8, 8, np.float64, 1), 0, 255),
        (ramp(8, 8, np.int16, 3000) - 1000, 0, 255),
    ],
)
def test_every_dtype_fills_the_range(pixels, low, high):
    frame, _ = Preprocessing((8, 8))(Image(pixels, "a"))
    assert frame.min() == pytest.approx(low, abs=1e-3)
    assert frame.max() == pytest.approx(high, abs=1e-3)


@pytest.mark.parametrize("value_range", [(0, 1), (-1, 1), (0, 255), (1, 0)])
def test_value_range(value_range):
    frame, _ = Preprocessing((8, 8), value_range=value_range)(Image(ramp(8, 8, np.uint8, 255), "a"))
    low, high = value_range
    assert frame[0, 0, 0] == pytest.approx(low)
    assert frame[-1, -1, 0] == pytest.approx(high)
    assert frame.dtype == np.float32


def test_padding_is_black_in_the_models_range():
    bright = np.full((10, 20), 255, np.uint8)
    frame, geometry = Preprocessing((20, 20), fit="pad", value_range=(-1, 1))(Image(bright, "a"))
    assert geometry.content == (5, 0, 15, 20)
    assert (frame[5:15] == 1).all()
    assert (frame[:5] == -1).all()
    assert (frame[15:] == -1).all()


def test_a_crop_does_not_change_the_brightness():
    """The range is that of the picture, though its extremes lie outside the crop."""
    pixels = np.zeros((60, 60), np.uint16)
    pixels[20:50, 20:50] = 10_000
    pixels[0, 0] = 40_000
    frame, geometry = Preprocessing((30, 30), crop="foreground")(Image(pixels, "a"))
    assert geometry.crop != (0, 0, 60, 60)
    assert frame[15, 15, 0] == pytest.approx(255 / 4)


def test_foreground_and_colour():
    pixels = np.zeros((60, 60, 3), np.uint8)
    pixels[20:50, 10:40] = (200, 100, 50)
    for channels, wanted in ((3, (200, 100, 50)), (1, 0.299 * 200 + 0.587 * 100 + 0.114 * 50)):
        frame, geometry = Preprocessing((30, 30), channels=channels, crop="foreground")(Image(pixels, "a"))
        assert np.allclose(frame[15, 15], wanted, atol=0.2)
        assert np.abs(np.subtract(geometry.crop, (20, 10, 50, 40))).max() <= 3


@given(
    size=st.tuples(st.integers(40, 90), st.integers(40, 90)),
    frame=st.tuples(st.sampled_from([32, 48, 100]), st.sampled_from([32, 48, 100])),
    corner=st.tuples(st.integers(5, 20), st.integers(5, 20)),
    fit=st.sampled_from(["stretch", "pad"]),
)
def test_a_square_on_the_picture_is_where_the_geometry_says(size, frame, corner, fit):
    pixels = np.zeros(size, np.uint8)
    pixels[corner[0] : corner[0] + 12, corner[1] : corner[1] + 12] = 255
    inputs, geometry = Preprocessing(frame, channels=1, fit=fit)(Image(pixels, "a"))
    seen = inputs[..., 0]
    rows, columns = np.indices(seen.shape) + 0.5
    found = np.array([(rows * seen).sum(), (columns * seen).sum()]) / seen.sum()
    crop, content = geometry.crop, geometry.content
    for axis in (0, 1):
        scale = (content[axis + 2] - content[axis]) / (crop[axis + 2] - crop[axis])
        wanted = content[axis] + (corner[axis] + 6 - crop[axis]) * scale
        assert abs(found[axis] - wanted) < 0.5
    # And back again: the frame laid on the source as if it were a map covers the square.
    back = geometry.to_source(seen)
    assert back[corner[0] + 6, corner[1] + 6] > 200
    assert back[-1, -1] < 30


def test_aspect_is_kept_when_padding():
    _, geometry = Preprocessing((64, 32), fit="pad")(Image(np.ones((10, 10), np.uint8), "a"))
    top, left, bottom, right = geometry.content
    assert (bottom - top, right - left) == (32, 32)
    assert (top, left) == (16, 0)
    _, geometry = Preprocessing((16, 16), fit="pad")(Image(np.ones((1, 1000), np.uint8), "a"))
    assert geometry.content == (7, 0, 8, 16)


def test_two_channels_are_refused():
    with pytest.raises(ModelError, match="takes 2 channels; pictures have 1 or 3"):
        Preprocessing((8, 8), channels=2)


def test_the_picture_is_not_written_to():
    pixels = ramp(20, 20)
    pixels.flags.writeable = False
    before = pixels.copy()
    Preprocessing((8, 8), crop="foreground", fit="pad")(Image(pixels, "a"))
    assert (pixels == before).all()


def test_settings_are_told():
    assert Preprocessing((8, 9), 1, "foreground", "pad", (0, 1)).described() == {
        "size": (8, 9), "channels": 1, "crop": "foreground", "fit": "pad", "value_range": (0, 1),
    }  # fmt: skip

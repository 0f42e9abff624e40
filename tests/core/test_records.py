"""Records refuse what is no picture, and know their own digest."""

import hashlib

import numpy as np
import pytest

from xaibrain import Image
from xaibrain.errors import InputError


@pytest.mark.parametrize("shape", [(3,), (4, 4, 1), (4, 4, 2), (4, 4, 4), (1, 4, 4, 3), (0, 4), (4, 0, 3)])
def test_shapes_that_are_no_picture(shape):
    with pytest.raises(InputError, match=r"^a: pixels of shape .*give \(h, w\) grey or \(h, w, 3\) RGB"):
        Image(np.zeros(shape), "a")


@pytest.mark.parametrize(
    "pixels",
    [
        np.array([[np.nan]]),
        np.array([[np.inf, 0]]),
        np.array([[True]]),
        np.array([[1j]]),
        np.array([["x"]]),
        np.array([[None]], object),
    ],
)
def test_pixels_that_are_no_finite_numbers(pixels):
    with pytest.raises(InputError, match="a: pixels must be finite numbers"):
        Image(pixels, "a")


def test_masks_must_fit():
    with pytest.raises(InputError, match=r"a: mask of shape \(3, 3\) on a picture of shape \(4, 4\)"):
        Image(np.zeros((4, 4)), "a", mask=np.zeros((3, 3), bool))
    assert Image(np.zeros((4, 5, 3)), "a", mask=np.zeros((4, 5), bool)).size == (4, 5)


def test_digests_tell_pictures_apart():
    pixels = np.arange(16, dtype=np.uint8).reshape(4, 4)
    one = Image(pixels, "a").sha256
    assert one == Image(pixels.copy(), "b").sha256
    assert one == Image(np.asfortranarray(pixels), "b").sha256
    others = [pixels.T, pixels.reshape(2, 8), pixels.astype(np.int8), pixels + 1]
    assert len({one, *(Image(other, "a").sha256 for other in others)}) == 5
    assert Image(pixels, "a", file_sha256="f" * 64).sha256 == "f" * 64
    assert one == hashlib.sha256(b"|u1(4, 4)" + pixels.tobytes()).hexdigest()

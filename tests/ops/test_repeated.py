"""Grey pictures that are shown as colour without being copied."""

import numpy as np
import pytest

from xaibrain.ops.repeated import put, repeated


def test_a_grey_picture_is_each_of_its_channels_and_takes_the_memory_of_one():
    grey = np.arange(12, dtype=np.float32).reshape(3, 4)
    shown = repeated(grey, 3)
    assert shown.shape == (3, 4, 3)
    assert all((shown[..., channel] == grey).all() for channel in range(3))
    assert np.shares_memory(shown, grey)
    with pytest.raises(ValueError, match="read-only"):
        shown[0, 0, 0] = 1


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
def test_it_is_written_to_its_place_whatever_its_memory_looks_like(channels, dtype):
    rng = np.random.default_rng(0)
    grey = rng.integers(0, 256, (2, 5, 7)).astype(dtype)
    colour = rng.integers(0, 256, (5, 7, channels)).astype(dtype)
    transposed = np.broadcast_to(grey[0].T.copy().T[..., None], colour.shape)
    for picture in (repeated(grey[0], channels), transposed, colour, repeated(grey[1, :, ::-1], channels)):
        batch = np.full((2, *colour.shape), -1, np.float32)
        put(picture, batch[1])
        np.testing.assert_array_equal(batch[1], picture)
        assert (batch[0] == -1).all()


def test_a_picture_of_another_size_is_refused():
    with pytest.raises(ValueError, match="shape"):
        put(np.zeros((1, 7, 3), np.float32), np.zeros((5, 7, 3), np.float32))

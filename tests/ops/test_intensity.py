"""Whatever the dtype, pixels end between 0 and 255, in order and without surprise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from xaibrain.ops.intensity import to_byte_range

KINDS = [np.uint8, np.uint16, np.int16, np.int32, np.uint32, np.int64, np.float16, np.float32, np.float64]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (np.array([0, 7, 255], np.uint8), [0, 7, 255]),
        (np.array([3, 7], np.uint8), [3, 7]),
        (np.array([0.0, 0.25, 1.0]), [0, 63.75, 255]),
        (np.array([0.2, 0.4], np.float32), [51, 102]),
        (np.array([0.5, 1], np.float16), [127.5, 255]),
        (np.array([0.0, 1.5, 255.0]), [0, 1.5, 255]),
        (np.array([0, 1], np.int64), [0, 1]),
        (np.array([10, 200], np.uint16), [10, 200]),
        (np.array([0, 500, 1000], np.uint16), [0, 127.5, 255]),
        (np.array([-1.0, 0, 1]), [0, 127.5, 255]),
        (np.array([-5, -5]), [0, 0]),
        (np.array([300, 300], np.uint16), [0, 0]),
        (np.array([2**31, 2**31 + 1, 2**31 + 2], np.uint32), [0, 127.5, 255]),
        (np.array([-1e308, 0, 1e308]), [0, 127.5, 255]),
        (np.array([-5e-324, 0]), [0, 0]),
    ],
)
def test_known_values(given, wanted):
    found = to_byte_range(given)
    assert found.dtype == np.float32
    assert np.allclose(found, wanted, rtol=1e-6)


@given(
    st.sampled_from(KINDS).flatmap(
        lambda kind: arrays.arrays(
            kind,
            st.tuples(st.integers(1, 5), st.integers(1, 5)),
            elements=arrays.from_dtype(np.dtype(kind), allow_nan=False, allow_infinity=False),
        )
    )
)
def test_any_picture_ends_in_range_in_order_and_untouched(pixels):
    before = pixels.copy()
    found = to_byte_range(pixels)
    assert found.dtype == np.float32
    assert found.shape == pixels.shape
    assert np.isfinite(found).all()
    assert found.min() >= 0
    assert found.max() <= 255
    order = np.argsort(pixels, axis=None, kind="stable")
    assert (np.diff(found.ravel()[order]) >= 0).all()
    assert (pixels == before).all()

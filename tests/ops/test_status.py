"""Each status, at its border."""

import numpy as np
import pytest

from xaibrain.ops.status import status_of


@pytest.mark.parametrize(
    ("values", "exact", "status"),
    [
        ([-1, 2], True, "ok"),
        ([0, 1e-30], True, "ok"),
        ([0, 1], False, "ok"),
        ([-2, -1], True, "all-negative"),
        ([-2, 0], True, "all-negative"),
        ([-2, 0], False, "all-negative"),
        ([0, 0], True, "constant"),
        ([0, 0], False, "saturated"),
        ([3, 3], True, "constant"),
        ([3, 3], False, "constant"),
        ([-3, -3], True, "constant"),
        ([1, 1 + 5e-7], True, "constant"),
        ([1, 1 + 5e-6], True, "ok"),
        ([1, np.nan], True, "non-finite"),
        ([1, np.inf], True, "non-finite"),
        ([1, -np.inf], False, "non-finite"),
        ([np.nan, np.nan], False, "non-finite"),
        ([-3e38, 3e38], True, "ok"),
    ],
)
def test_status(values, exact, status):
    assert status_of(np.array([values, values], np.float32), exact) == status


def test_one_cell_is_constant():
    assert status_of(np.array([[2.0]], np.float32)) == "constant"

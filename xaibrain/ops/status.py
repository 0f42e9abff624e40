"""Tells a map that can be read from one whose picture would be blank or mean nothing."""

from __future__ import annotations

from typing import Literal

import numpy as np

from xaibrain.types import Heatmap

_FLAT = 1e-6


def status_of(
    heatmap: Heatmap, exact_logits: bool = True
) -> Literal["ok", "all-negative", "constant", "non-finite", "saturated"]:
    """Judge a raw map.

    Args:
        heatmap: (h, w), signed.
        exact_logits: Whether the explained score was read before its activation. Where it was not, a map
            of zeros is the mark of a saturated probability.

    Returns:
        `non-finite` if any value is NaN or infinite; `saturated` or `constant` if all values are equal
        to within a millionth of the largest magnitude; `all-negative` if none is above zero; else `ok`.
    """
    if not np.isfinite(heatmap).all():
        return "non-finite"
    low, high = float(heatmap.min()), float(heatmap.max())
    if high - low <= _FLAT * max(abs(low), abs(high)):
        return "saturated" if high == low == 0 and not exact_logits else "constant"
    return "all-negative" if high <= 0 else "ok"

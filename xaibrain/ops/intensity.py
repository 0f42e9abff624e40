"""Brings pixels of any dtype into the range 0 to 255, and from there into a model's own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from xaibrain.types import Pixels


def to_byte_range(pixels: Pixels) -> NDArray[np.float32]:
    """Return pixels as float32 from 0 to 255.

    uint8 keeps its values. Floats that lie in 0 to 1 are multiplied by 255. Anything else that lies in
    0 to 255 keeps its values. The rest (16-bit scans, signed or unbounded floats) has no absolute scale
    in MRI and is stretched from its minimum and maximum to 0 and 255.

    Args:
        pixels: Any shape; finite.
    """
    if pixels.dtype == np.uint8:
        return pixels.astype(np.float32)
    low, high = float(pixels.min()), float(pixels.max())
    if pixels.dtype.kind == "f" and low >= 0 and high <= 1:
        return pixels.astype(np.float32) * np.float32(255)
    if low >= 0 and high <= 255:
        return pixels.astype(np.float32)
    # In float64, which tells large integers apart, and halved: the span of extreme floats would overflow.
    span = high / 2 - low / 2
    if span == 0:
        return np.zeros(pixels.shape, np.float32)
    return ((pixels.astype(np.float64) / 2 - low / 2) / span * 255).astype(np.float32)

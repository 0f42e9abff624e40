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
    values = pixels.astype(np.float32)
    low, high = float(values.min()), float(values.max())
    if pixels.dtype == np.uint8:
        return values
    if pixels.dtype.kind == "f" and low >= 0 and high <= 1:
        return values * np.float32(255)
    if low >= 0 and high <= 255:
        return values
    if high == low:
        return np.zeros_like(values)
    return (values - np.float32(low)) * np.float32(255 / (high - low))

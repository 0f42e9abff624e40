"""Band-limited noise: what makes drawn tissue look grown."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Field: TypeAlias = NDArray[np.float32]
"""(h, w) float32: one number a pixel."""


def grain(rng: np.random.Generator, size: int | tuple[int, int], cells: int, stretch: float = 1.0) -> Field:
    """Return smooth noise of mean 0 and standard deviation near 1.

    Args:
        rng: Where it is drawn from.
        size: Height and width in pixels; one number for a square.
        cells: How many bumps fit across the picture.
        stretch: How much longer a bump is along the columns than across them.
    """
    height, width = (size, size) if isinstance(size, int) else size
    rows = max(4, round(cells * height / width / stretch))
    coarse = rng.standard_normal((rows, cells), dtype=np.float32)
    # Cubic interpolation between independent cells loses about this much of their spread.
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) * 1.35, np.float32)

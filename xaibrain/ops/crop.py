"""The box around what is bright on a dark ground: a head in a scan."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from xaibrain.types import Pixels

SMALLEST = 0.05
"""A box of less than this share of the picture is no head: the whole frame is taken."""

_COMPANION = 0.05
_KERNEL = np.ones((3, 3), np.uint8)


def foreground_box(pixels: Pixels) -> tuple[int, int, int, int]:
    """Find the head: blur, threshold, open, box around the large contours.

    The recipe of the brain-MRI tutorials (5 × 5 Gaussian, fixed threshold 45, two erosions and two
    dilations of 3 × 3, largest contour) with two changes, since on dark scans it takes the brain
    alone, or half of it, and can cut off the lesion: the threshold is half of Otsu's, so that
    brightness and contrast do not matter, and every contour of at least 5 % of the largest one's
    area is boxed with it. uint8 is taken as it is; other dtypes are stretched from their least and
    greatest value to 0 … 255 first.

    Args:
        pixels: (h, w) grey or (h, w, 3) RGB, finite, of any real dtype.

    Returns:
        (top, left, bottom, right) in pixels, bottom and right exclusive. The whole frame where
        nothing stands out: the picture is blank or tiny, its ground is bright, or the box is less
        than `SMALLEST` of it.
    """
    height, width = pixels.shape[:2]
    whole = (0, 0, height, width)
    contours, _ = cv2.findContours(_bright(_grey(pixels)), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return whole
    areas = [cv2.contourArea(contour) for contour in contours]
    least = _COMPANION * max(areas)
    large = [contour for contour, area in zip(contours, areas, strict=True) if area >= least]
    left, top, across, down = cv2.boundingRect(np.concatenate(large))
    if across * down < SMALLEST * height * width:
        return whole
    return (top, left, top + down, left + across)


def _bright(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    blurred = cv2.GaussianBlur(grey, (5, 5), 0)
    otsu, _ = cv2.threshold(blurred, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    _, bright = cv2.threshold(blurred, otsu / 2, 255, cv2.THRESH_BINARY)
    return np.asarray(cv2.morphologyEx(bright, cv2.MORPH_OPEN, _KERNEL, iterations=2), np.uint8)


def _grey(pixels: Pixels) -> NDArray[np.uint8]:
    if pixels.dtype != np.uint8:
        values = pixels.astype(np.float64)
        low, high = values.min(), values.max()
        # Halved first: the span of extreme floats would overflow.
        span = high / 2 - low / 2
        pixels = ((values / 2 - low / 2) / span * 255 if span > 0 else 0 * values).astype(np.uint8)
    if pixels.ndim == 3:
        pixels = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    return np.ascontiguousarray(pixels)

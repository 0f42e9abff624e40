"""Maps and scans as text that fits into a page, small, and without anything else that a file held."""

from __future__ import annotations

import base64
import io
from typing import Any

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray

from xaibrain.types import Heatmap

LEVELS = 65534
"""Steps between the least and the greatest value of a packed map; half a step is the largest error."""

MISSING = LEVELS + 1
"""Stands for NaN and infinity."""

_QUALITY = 90


def packed_map(heatmap: Heatmap) -> dict[str, Any]:
    """Pack a raw map into 16 bits a cell.

    Returns:
        `shape`; `low` and `step`, so that a value is low + step × code; and `codes`, base64 of
        little-endian uint16 row by row, `MISSING` where the value is not finite.
    """
    finite = np.isfinite(heatmap)
    values = heatmap[finite].astype(np.float64)
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    step = (high - low) / LEVELS
    codes = np.full(heatmap.shape, MISSING, "<u2")
    codes[finite] = np.rint((values - low) / step) if step > 0 else 0
    return {"shape": list(heatmap.shape), "low": low, "step": step, "codes": _text(codes.tobytes())}


def packed_scan(pixels: NDArray[np.uint8], longest: int, lossless: bool) -> dict[str, Any]:
    """Pack a picture as WebP, from its pixels alone.

    Args:
        pixels: (h, w) grey or (h, w, 3) RGB.
        longest: Pixels that the longer side may have at most; larger pictures are shrunk.
        lossless: Whether every pixel keeps its value.

    Returns:
        `size`, height and width as packed, and `webp`, base64.
    """
    scale = min(1.0, longest / max(pixels.shape[:2]))
    if scale < 1:
        height, width = (max(1, round(side * scale)) for side in pixels.shape[:2])
        pixels = np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    file = io.BytesIO()
    PIL.Image.fromarray(pixels).save(file, "WEBP", quality=_QUALITY, lossless=lossless)
    return {"size": list(pixels.shape[:2]), "webp": _text(file.getvalue())}


def packed_colours(colours: NDArray[np.uint8]) -> str:
    """Pack the 256 colours of a map, (256, 3) RGB, as base64."""
    return _text(colours.tobytes())


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")

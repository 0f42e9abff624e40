"""What can be measured of a picture without looking at the anatomy."""

from __future__ import annotations

from pathlib import PurePath

import cv2
import numpy as np
from numpy.typing import NDArray

from xaibrain.core.records import Image
from xaibrain.ops.crop import foreground_box
from xaibrain.ops.intensity import to_byte_range

KINDS = ("size", "aspect", "border", "intensity", "format")
"""The kinds of measures; the name of each measure begins with its kind."""

_SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp")
_RIM = 0.03


def measure(image: Image) -> dict[str, float]:
    """Measure what a classifier should not need to know.

    Returns:
        Size: height and width in pixels. Aspect: width over height. Border: the empty share of the
        frame at each side of the head, the mean and the deviation along the frame's rim (3 %), and the
        mean of its four corners, on the scale 0 to 255. Intensity: mean, deviation and percentiles 1,
        25, 50, 75 and 99, and the shares of pure black and pure white. Format: the file's suffix,
        channels, bits a value. All are finite; a name begins with its kind, a space between.
    """
    grey = to_byte_range(image.pixels)
    if grey.ndim == 3:
        grey = np.asarray(cv2.cvtColor(grey, cv2.COLOR_RGB2GRAY), np.float32)
    height, width = image.size
    suffix = PurePath(image.source).suffix.lower()
    return {
        "size height": float(height),
        "size width": float(width),
        "aspect ratio": width / height,
        **_border(image, grey),
        **_intensity(grey),
        "format suffix": float(_SUFFIXES.index(suffix) + 1 if suffix in _SUFFIXES else 0),
        "format channels": float(image.pixels.ndim),
        "format bits": float(image.pixels.dtype.itemsize * 8),
    }


def _border(image: Image, grey: NDArray[np.float32]) -> dict[str, float]:
    height, width = grey.shape
    top, left, bottom, right = foreground_box(image.pixels)
    rim = max(1, round(_RIM * min(height, width)))
    inner = np.zeros(grey.shape, bool)
    inner[rim : height - rim, rim : width - rim] = True
    frame = grey[~inner]
    corners = [grey[rows, columns] for rows in (slice(rim), slice(-rim, None))
               for columns in (slice(rim), slice(-rim, None))]  # fmt: skip
    return {
        "border top": top / height,
        "border left": left / width,
        "border bottom": (height - bottom) / height,
        "border right": (width - right) / width,
        "border mean": float(frame.mean()),
        "border deviation": float(frame.std()),
        "border corners": float(np.mean([corner.mean() for corner in corners])),
    }


def _intensity(grey: NDArray[np.float32]) -> dict[str, float]:
    percentiles = np.percentile(grey, (1, 25, 50, 75, 99))
    return {
        "intensity mean": float(grey.mean()),
        "intensity deviation": float(grey.std()),
        **{f"intensity p{p}": float(v) for p, v in zip((1, 25, 50, 75, 99), percentiles, strict=True)},
        "intensity black": float((grey == 0).mean()),
        "intensity white": float((grey == 255).mean()),
    }

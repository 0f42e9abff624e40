"""Bilinear resampling with half-pixel centres, as in OpenCV and TensorFlow; at any coordinates."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from xaibrain.types import Heatmap


def resample(heatmap: Heatmap, rows: NDArray[np.floating], columns: NDArray[np.floating]) -> Heatmap:
    """Read a map bilinearly at the grid rows × columns, in cell coordinates.

    Returns:
        (len(rows), len(columns)) float32; NaN where a cell that is NaN or infinite takes part, and
        nowhere else.
    """
    return _apart(heatmap, lambda values: _read(values, rows, columns))


def stretched(heatmap: Heatmap, height: int, width: int) -> Heatmap:
    """Bring a whole map to another size: `resample` where it is a plain resizing, in a fraction of the time.

    Returns:
        (height, width) float32; NaN as by `resample`.
    """
    # Not at the top: names are looked up without OpenCV.
    import cv2

    return _apart(
        heatmap,
        lambda values: np.asarray(
            cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR), np.float32
        ),
    )


def _apart(heatmap: Heatmap, read: Callable[[Heatmap], Heatmap]) -> Heatmap:
    """Read a map and mark with NaN what takes part of a cell that is not finite."""
    sound = np.isfinite(heatmap)
    if sound.all():
        return read(heatmap.astype(np.float32, copy=False))
    result = read(np.where(sound, heatmap, 0).astype(np.float32))
    result[read((~sound).astype(np.float32)) > 0] = np.nan
    return result


def _read(values: Heatmap, rows: NDArray[np.floating], columns: NDArray[np.floating]) -> Heatmap:
    # Not as a product of matrices: the libraries for these wake threads, which then spin for work.
    return between(np.ascontiguousarray(between(values.T, columns).T), rows)


def between(values: Heatmap, coordinates: NDArray[np.floating]) -> Heatmap:
    """Read rows, and between them, linearly.

    Args:
        values: (cells, k).
        coordinates: (m,), in rows of `values`; beyond the ends the end row is repeated.

    Returns:
        (m, k) float32.
    """
    last = len(values) - 1
    position = np.clip(coordinates, 0, last)
    lower = np.minimum(position.astype(np.intp), max(last - 1, 0))
    weight = (position - lower).astype(np.float32)[:, None]
    result: Heatmap = values[lower]
    result *= 1 - weight
    upper = values[np.minimum(lower + 1, last)]
    upper *= weight
    result += upper
    return result

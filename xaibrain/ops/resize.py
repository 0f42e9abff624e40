"""Bilinear resampling with half-pixel centres, as in OpenCV and TensorFlow; exact, in matrix form."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from xaibrain.types import Heatmap


def interpolation_matrix(cells: int, coordinates: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return the matrix that reads `cells` equally spaced values at the given coordinates.

    Args:
        cells: The number of input values, at coordinates 0 … cells − 1.
        coordinates: (m,), where to read; beyond the ends the end value is repeated.

    Returns:
        (m, cells) float32; each row sums to 1.
    """
    position = np.clip(coordinates, 0, cells - 1)
    lower = np.minimum(position.astype(np.int64), max(cells - 2, 0))
    weight = position - lower
    matrix = np.zeros((len(position), cells), np.float64)
    index = np.arange(len(position))
    matrix[index, lower] = 1 - weight
    matrix[index, np.minimum(lower + 1, cells - 1)] += weight
    return matrix.astype(np.float32)


def resample(heatmap: Heatmap, rows: NDArray[np.floating], columns: NDArray[np.floating]) -> Heatmap:
    """Read a map bilinearly at the grid rows × columns, in cell coordinates.

    Returns:
        (len(rows), len(columns)) float32; NaN where a cell that is NaN or infinite takes part, and
        nowhere else.
    """
    vertical = interpolation_matrix(heatmap.shape[0], rows)
    horizontal = interpolation_matrix(heatmap.shape[1], columns)
    sound = np.isfinite(heatmap)
    result = _between(vertical, np.where(sound, heatmap, 0), horizontal)
    if not sound.all():
        result[_between(vertical, ~sound, horizontal) > 0] = np.nan
    return result


def _between(
    left: NDArray[np.float32], middle: NDArray[np.floating | np.bool_], right: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return left · middle · rightᵀ.

    By OpenCV: NumPy's library wakes its threads even for matrices as thin as these, and waits for them.
    """
    import cv2

    none = np.empty((0, 0), np.float32)
    first = cv2.gemm(left, middle.astype(np.float32), 1, none, 0)
    product = cv2.gemm(first, right, 1, none, 0, flags=cv2.GEMM_2_T)
    return np.asarray(product, np.float32)

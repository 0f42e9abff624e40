"""Smaller pictures by area: a new pixel is the mean of the old ones under it, as by OpenCV's `INTER_AREA`.

OpenCV adds up one pixel after another, which takes longer than decoding a scan. The same sums are a product
with a matrix that is nearly empty: 4 rows of new pixels need a dozen rows of old ones. In bands of so many it
takes a third of the time.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

_BAND = 4
_AT_ONCE = 1 << 18
"""Old pixels that are gathered at a time: they stay in the caches, and a huge picture takes little memory."""

Floats: TypeAlias = NDArray[np.float32]
BytesOrFloats: TypeAlias = Floats | NDArray[np.uint8]


def shrunk(pixels: BytesOrFloats, height: int, width: int) -> Floats:
    """Return (h, w) or (h, w, 3) at a smaller size.

    Args:
        pixels: Finite; what are bytes is turned to float a few rows at a time.
        height: At most that of the pixels.
        width: Likewise.
    """
    if pixels.ndim == 3:
        channels = [shrunk(pixels[..., channel], height, width) for channel in range(pixels.shape[2])]
        return np.asarray(cv2.merge(channels), np.float32)
    across = np.asarray(cv2.transpose(_fewer_rows(pixels, height)), np.float32)
    return np.asarray(cv2.transpose(_fewer_rows(across, width)), np.float32)


def _fewer_rows(pixels: BytesOrFloats, count: int) -> Floats:
    rows, shares = _bands(len(pixels), count)
    bands, band, _ = shares.shape
    columns = pixels.shape[1]
    result = np.empty((bands, band, columns), np.float32)
    step = max(1, _AT_ONCE // (rows.shape[1] * columns))
    for start in range(0, bands, step):
        some = slice(start, start + step)
        np.matmul(shares[some], pixels[rows[some]].astype(np.float32, copy=False), out=result[some])
    return result.reshape(-1, columns)[:count]


@lru_cache(128)
def _bands(old: int, new: int) -> tuple[NDArray[np.intp], Floats]:
    """Return what a column of `new` pixels takes of one of `old`, band by band.

    Returns:
        The old rows that a band needs, (bands, k), and their shares in its new ones, (bands, `_BAND`, k).
    """
    scale = old / new
    rows = np.arange(-(-new // _BAND) * _BAND)
    top = np.minimum(rows * scale, old)
    bottom = np.minimum(top + scale, old)
    first = np.minimum(top.astype(np.intp), old - 1)
    under = first[:, None] + np.arange(int(np.ceil(scale)) + 1)
    share = (np.minimum(bottom[:, None], under + 1) - np.maximum(top[:, None], under)).clip(0) / scale
    needed = int((under[_BAND - 1 :: _BAND, -1] - first[::_BAND]).max()) + 1
    # The last bands begin early enough to end with the picture.
    begin = np.minimum(first[::_BAND], max(old - needed, 0))
    shares = np.zeros((len(begin), _BAND, needed + under.shape[1]), np.float32)
    shares[(rows // _BAND)[:, None], (rows % _BAND)[:, None], under - begin[rows // _BAND, None]] = share
    needed = min(needed, old)
    return begin[:, None] + np.arange(needed), np.ascontiguousarray(shares[:, :, :needed])

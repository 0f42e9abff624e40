"""Lays one picture on another and says how alike their fine structure is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from xaibrain.audit.turns import SIDE, Thumbs

_COARSE = 48
_COARSE_LEAST = 0.87
_STOP = cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT
_FINEST, _COARSEST = 1.0, 2.0
_OVERLAP = 0.5
_GROWTH = 2.0


@dataclass(frozen=True)
class Alignment:
    """How a second picture lies on a first.

    Attributes:
        likeness: Correlation of their fine structure where they overlap, from −1 to 1; 0 where they
            cannot be laid on each other.
        turn: Degrees by which the second is turned against the first, −180 to 180.
        mirrored: Whether it was mirrored left to right before that.
    """

    likeness: float
    turn: float
    mirrored: bool


_APART = Alignment(0.0, 0.0, False)


class Aligner:
    """Aligns pairs of thumbnails by an affine warp that maximises their correlation.

    The maximisation is OpenCV's (enhanced correlation coefficient, Evangelidis and Psarakis 2008), on a
    small copy first. Likeness is the correlation of what is left between two Gaussian blurs, of 1 and
    about 2 pixels of a 128-pixel thumbnail: all slices of all heads share the coarse shape, and only
    copies of one slice share the folds of the brain. Brightness and contrast do not count.

    Args:
        thumbs: The pictures.
    """

    def __init__(self, thumbs: Thumbs) -> None:
        self.thumbs = thumbs
        self._small = [_smooth(thumb, _COARSE) for thumb in thumbs]

    def align(self, first: int, second: int, start: NDArray[np.float32]) -> Alignment:
        """Align two pictures, from a warp that is about right (see `TurnSearch.warps`)."""
        small = self._small[first], self._small[second]
        warp = _maximised(*small, _scaled(start, _COARSE / SIDE), 12)
        if warp is None or self._likeness(first, second, warp, _COARSE) < _COARSE_LEAST:
            return _APART
        large = _smooth(self.thumbs[first], SIDE), _smooth(self.thumbs[second], SIDE)
        warp = _maximised(*large, _scaled(warp, SIDE / _COARSE), 25)
        if warp is None:
            return _APART
        linear = warp[:, :2]
        mirrored = bool(np.linalg.det(linear) < 0)
        upright = linear @ np.diag([-1.0 if mirrored else 1.0, 1.0])
        turn = math.degrees(math.atan2(upright[1, 0] - upright[0, 1], upright[0, 0] + upright[1, 1]))
        return Alignment(self._likeness(first, second, warp, SIDE), turn, mirrored)

    def _likeness(self, first: int, second: int, warp: NDArray[np.float32], side: int) -> float:
        growth = math.sqrt(abs(float(np.linalg.det(warp[:, :2]))))
        if not 1 / _GROWTH <= growth <= _GROWTH:
            return 0.0
        # Where the second lies smaller in its frame, so do its details.
        return _correlation(_band(self.thumbs[first], side), _band(self.thumbs[second], side, growth), warp)


def _smooth(thumb: NDArray[np.uint8], side: int, deviation: float = _FINEST) -> NDArray[np.float32]:
    small = cv2.resize(thumb, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small.astype(np.float32), (0, 0), deviation), np.float32)


def _band(thumb: NDArray[np.uint8], side: int, scale: float = 1.0) -> NDArray[np.float32]:
    """Keep the details between two blurs."""
    smooth = _smooth(thumb, side, _FINEST * scale)
    return np.asarray(smooth - cv2.GaussianBlur(smooth, (0, 0), _COARSEST * scale), np.float32)


def _scaled(warp: NDArray[np.float32], scale: float) -> NDArray[np.float32]:
    """Carry a warp over to a grid of another size; pixel centres lie at halves."""
    half = np.array([0.5, 0.5])
    linear, shift = warp[:, :2], warp[:, 2]
    moved = scale * (shift + half - linear @ half) + linear @ half - half
    return np.hstack([linear, moved[:, None]]).astype(np.float32)


def _maximised(
    first: NDArray[np.float32], second: NDArray[np.float32], warp: NDArray[np.float32], steps: int
) -> NDArray[np.float32] | None:
    try:
        _, found = cv2.findTransformECC(
            first, second, warp, cv2.MOTION_AFFINE, (_STOP, steps, 1e-4), np.ones(first.shape, np.uint8), 1
        )
    # Raised where the two do not overlap, have no contrast, or do not come any closer.
    except cv2.error:
        return None
    return np.asarray(found, np.float32)


def _correlation(first: NDArray[np.float32], second: NDArray[np.float32], warp: NDArray[np.float32]) -> float:
    size = first.shape[::-1]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = cv2.warpAffine(second, warp, size, flags=flags)
    both = cv2.warpAffine(np.ones_like(second), warp, size, flags=flags) > 0.99
    if both.mean() < _OVERLAP:
        return 0.0
    one, other = first[both] - first[both].mean(), laid[both] - laid[both].mean()
    scale = math.sqrt(float((one * one).sum()) * float((other * other).sum()))
    # Rounding may carry it a little past 1.
    return min(1.0, max(-1.0, float((one * other).sum()) / scale)) if scale > 0 else 0.0

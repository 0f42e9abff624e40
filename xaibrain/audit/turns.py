"""Finds pictures that may be turned or mirrored copies of one another, and by how much.

A turn shifts a picture's polar form along the angle. So the best correlation over all turns is a
circular correlation, read from a Fourier transform along the angle (De Castro and Morandi 1987; Reddy
and Chatterji 1996), and the sum of the products of the transforms' magnitudes, which no turn changes,
bounds it from above. One matrix product gives that bound for all pairs; few need the exact value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Thumbs: TypeAlias = NDArray[np.uint8]
"""(n, SIDE, SIDE): grey pictures, whole frames squeezed into a square."""

SIDE = 128
"""Height and width of a thumbnail."""

CANDIDATE = 0.92
"""Least correlation of polar forms that is looked at closely. Of copies of brain-MRI slices that were
resized, brightened, re-encoded, mirrored or turned by up to 15°, 98 % or more of each kind lie above."""

_RAYS, _RINGS, _ORDERS, _STEPS = 64, 20, 16, 48
_SMOOTH = 2.0
_REACH = 1.6
_ROWS, _PAIRS = 512, 8192
_MIDDLE = (SIDE - 1) / 2


@dataclass(frozen=True)
class _Polar:
    """The pictures in polar form about a centre of their own.

    Attributes:
        centre: (n, 2) x and y in thumbnail pixels.
        radius: (n,) in thumbnail pixels.
        spectrum: (n, _ORDERS, _RINGS) complex, of unit length over the last two.
    """

    centre: NDArray[np.float64]
    radius: NDArray[np.float64]
    spectrum: NDArray[np.complex64]

    def best(self, pairs: NDArray[np.int64], mirrored: bool) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the highest correlation over all turns, and its step of `_STEPS`: (m,), (m,)."""
        values, steps = [np.empty(0, np.float32)], [np.empty(0, np.int64)]
        for start in range(0, len(pairs), _PAIRS):
            first, second = (self.spectrum[side] for side in pairs[start : start + _PAIRS].T)
            product = np.einsum("nfr,nfr->nf", first, second if mirrored else second.conj())
            over_turns = np.concatenate([product.real, product.imag], axis=1) @ _WAVES
            values.append(over_turns.max(axis=1))
            steps.append(over_turns.argmax(axis=1))
        return np.concatenate(values), np.concatenate(steps)


class TurnSearch:
    """Compares all pictures with all, at every turn, mirrored and not.

    Each picture is taken twice: about the middle of its frame, which holds when a frame was turned or
    brightened, and about the middle of what is bright in it, which holds when it was cropped or framed.

    Args:
        thumbs: The pictures.
    """

    def __init__(self, thumbs: Thumbs) -> None:
        self.thumbs = thumbs

    @cached_property
    def _forms(self) -> tuple[_Polar, ...]:
        frames = [(_MIDDLE, _MIDDLE, SIDE / 2)] * len(self.thumbs)
        return (_polar(self.thumbs, frames), _polar(self.thumbs, [_bright_disc(t) for t in self.thumbs]))

    def pairs(self, least: float = CANDIDATE) -> NDArray[np.int64]:
        """Return the (m, 2) pairs i < j that correlate by at least so much at some turn, in order."""
        found = [np.empty((0, 2), np.int64)]
        for form in self._forms:
            sizes = np.abs(form.spectrum).reshape(len(self.thumbs), -1)
            for start in range(0, len(sizes), _ROWS):
                bound = sizes[start : start + _ROWS] @ sizes[start:].T
                near = np.argwhere(np.triu(bound >= least, 1)) + start
                found += [near[form.best(near, mirrored)[0] >= least] for mirrored in (False, True)]
        return np.unique(np.concatenate(found), axis=0)

    def warps(self, pairs: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return how the second picture of each pair best lies on the first: (m, 2, 3).

        Each warp takes pixel coordinates (x, y, 1) of the first thumbnail to those of the second.
        """
        warps = np.zeros((len(pairs), 2, 3), np.float32)
        highest = np.full(len(pairs), -np.inf, np.float32)
        for form in self._forms:
            for mirrored in (False, True):
                value, step = form.best(pairs, mirrored)
                for index in np.flatnonzero(value > highest):
                    warps[index] = _warp(form, pairs[index], mirrored, int(step[index]))
                highest = np.maximum(highest, value)
        return warps


def _waves() -> NDArray[np.float32]:
    """What takes the real and imaginary parts of _ORDERS products to _STEPS correlations."""
    phase = 2 * np.pi * np.arange(_ORDERS)[:, None] * np.arange(_STEPS)[None] / _STEPS
    return np.concatenate([np.cos(phase), -np.sin(phase)]).astype(np.float32)


_WAVES = _waves()


def _polar(thumbs: Thumbs, discs: list[tuple[float, float, float]]) -> _Polar:
    flags = cv2.WARP_POLAR_LINEAR | cv2.WARP_FILL_OUTLIERS
    forms = np.zeros((len(thumbs), _RAYS, _RINGS), np.float32)
    for index, (thumb, (x, y, radius)) in enumerate(zip(thumbs, discs, strict=True)):
        smooth = cv2.GaussianBlur(thumb.astype(np.float32), (0, 0), _SMOOTH)
        forms[index] = cv2.warpPolar(smooth, (_RINGS, _RAYS), (x, y), radius, flags)
    # A ring counts by its area, or the few pixels at the centre would count as much as the rim.
    weight = np.arange(_RINGS, dtype=np.float32) + np.float32(0.5)
    forms -= np.average(forms, axis=(1, 2), weights=np.broadcast_to(weight, forms.shape), keepdims=True)
    spectrum = np.fft.rfft(forms * np.sqrt(weight), axis=1)[:, :_ORDERS]
    # The orders above 0 stand for their negative twins too.
    spectrum[:, 1:] *= math.sqrt(2)
    length = np.linalg.norm(spectrum, axis=(1, 2), keepdims=True)
    spectrum /= np.where(length > 0, length, 1)
    table = np.array(discs, np.float64).reshape(-1, 3)
    return _Polar(table[:, :2], table[:, 2], spectrum.astype(np.complex64))


def _bright_disc(thumb: NDArray[np.uint8]) -> tuple[float, float, float]:
    """Return x, y and radius of a disc around what is brighter than half of Otsu's threshold."""
    otsu, _ = cv2.threshold(cv2.GaussianBlur(thumb, (5, 5), 0), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    moments = cv2.moments((thumb > otsu / 2).astype(np.float32))
    area = moments["m00"]
    spread = moments["mu20"] + moments["mu02"]
    if area <= 0 or spread <= 0:
        return (_MIDDLE, _MIDDLE, SIDE / 2)
    return (moments["m10"] / area, moments["m01"] / area, _REACH * math.sqrt(spread / area))


def _warp(form: _Polar, pair: NDArray[np.int64], mirrored: bool, step: int) -> NDArray[np.float32]:
    first, second = int(pair[0]), int(pair[1])
    angle = 2 * math.pi * step / _STEPS * (1 if mirrored else -1)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    linear = form.radius[second] / form.radius[first] * turn @ np.diag([1.0, -1.0 if mirrored else 1.0])
    shift = form.centre[second] - linear @ form.centre[first]
    return np.hstack([linear, shift[:, None]]).astype(np.float32)

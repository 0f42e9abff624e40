"""Painting tissue on a picture: outlines in millimetres become soft-edged signal."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from xaibrain_phantom.curves import Curve, Width, ribbon
from xaibrain_phantom.imaging import Contrast
from xaibrain_phantom.texture import Field, grain

MATRIX = 256
"""Height and width that slices are drawn at, in pixels, whatever size they are then asked for."""

FIELD_OF_VIEW = 240.0
"""What the matrix covers, in mm, before the pose scales the head."""

_ROWS, _COLUMNS = np.indices((MATRIX, MATRIX), np.float32)

_FIXED_POINT = 4  # fractional bits in OpenCV's drawing coordinates


@dataclass(frozen=True)
class Placement:
    """How one head lies in the picture: its pose, and what makes its shape its own.

    Attributes:
        affine: (2, 3), mm to pixels.
        waves: (k, 2) wave vectors in radians a mm, of the smooth bend that no two heads share.
        amplitudes: (k, 2) in mm.
        phases: (k,) in radians.
    """

    affine: NDArray[np.float64]
    waves: NDArray[np.float64]
    amplitudes: NDArray[np.float64]
    phases: NDArray[np.float64]

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Placement:
        """Draw a pose (some degrees, some millimetres, some per cent) and a bend of 3 to 4 mm."""
        turn = np.deg2rad(rng.normal(0, 4))
        scale = MATRIX / FIELD_OF_VIEW * rng.uniform(0.88, 1.14) * np.array([rng.uniform(0.96, 1.04), 1])
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        shift = (MATRIX - 1) / 2 + rng.normal(0, 3, 2)
        length = rng.uniform(70, 200, 5)
        direction = rng.uniform(0, 2 * np.pi, 5)
        return cls(
            affine=np.column_stack([rotation * scale, shift]),
            waves=np.stack([np.cos(direction), np.sin(direction)], 1) * (2 * np.pi / length)[:, None],
            amplitudes=rng.normal(0, 1, (5, 2)) * (length / 110)[:, None],
            phases=rng.uniform(0, 2 * np.pi, 5),
        )

    def __call__(self, points: Curve) -> Curve:
        """Return points (..., 2) in mm as pixel coordinates x, y."""
        bend = np.sin(points @ self.waves.T + self.phases) @ self.amplitudes
        return np.asarray((points + bend) @ self.affine[:, :2].T + self.affine[:, 2])

    @property
    def pixels_per_mm(self) -> float:
        """Pixels a millimetre, the mean of both axes."""
        return float(np.sqrt(abs(np.linalg.det(self.affine[:, :2]))))


class Canvas:
    """One slice while it is being drawn.

    Attributes:
        signal: (256, 256) float32: the signal so far; 0 is air and 1 is the brightest fat.
    """

    def __init__(self, placement: Placement, contrast: Contrast, rng: np.random.Generator) -> None:
        self.placement = placement
        self.contrast = contrast
        self.rng = rng
        self.signal: Field = np.zeros((MATRIX, MATRIX), np.float32)

    def coverage(self, *curves: Curve) -> NDArray[np.uint8]:
        """Return how much of each pixel the closed outlines cover together: (256, 256), 0 to 255."""
        covered = np.zeros((MATRIX, MATRIX), np.uint8)
        for curve in curves:
            self.mark(covered, curve, 255)
        return covered

    def mark(self, covered: NDArray[np.uint8], outlines: Curve, value: int | NDArray[np.int64]) -> None:
        """Set `value` (one, or one an outline) inside the outlines, (n, 2) or (k, n, 2), on a coverage."""
        fixed = np.round(self.placement(outlines) * 2**_FIXED_POINT).astype(np.int32)
        fixed = fixed.reshape(-1, outlines.shape[-2], 2)
        for outline, level in zip(fixed, np.broadcast_to(value, len(fixed)).tolist(), strict=True):
            cv2.fillPoly(covered, [outline], level, cv2.LINE_AA, _FIXED_POINT)

    def fill(self, outlines: Curve, value: float | Field, opacity: float = 1.0) -> None:
        """Lay signal inside the outlines, (n, 2) or (k, n, 2), softly at their edges."""
        placed = self.placement(outlines)
        flat = placed.reshape(-1, 2)
        left, top = (min(max(int(low) - 2, 0), MATRIX - 1) for low in flat.min(axis=0))
        right, bottom = (max(min(int(high) + 4, MATRIX), 1) for high in flat.max(axis=0))
        covered = np.zeros((bottom - top, right - left), np.uint8)
        fixed = np.round((placed - (left, top)) * 2**_FIXED_POINT).astype(np.int32)
        for outline in fixed.reshape(-1, outlines.shape[-2], 2):
            cv2.fillPoly(covered, [outline], 255, cv2.LINE_AA, _FIXED_POINT)
        self._blend((slice(top, bottom), slice(left, right)), covered, value, opacity)

    def stroke(self, path: Curve, width: Width, value: float | Field, opacity: float = 1.0) -> None:
        """Lay signal along an open path, (n, 2) or (k, n, 2), with a width in mm."""
        self.fill(ribbon(path, width), value, opacity)

    def lay(self, covered: NDArray[np.uint8], value: float | Field, opacity: float = 1.0) -> None:
        """Lay signal where a coverage says."""
        self._blend((slice(None), slice(None)), covered, value, opacity)

    def bend(self, pull: float | Field) -> None:
        """Displace all that was laid so far, a few pixels to and fro, by `pull` pixels: nothing is ruled."""
        columns = _COLUMNS + pull * grain(self.rng, MATRIX, 26)
        rows = _ROWS + pull * grain(self.rng, MATRIX, 26)
        self.signal = np.asarray(
            cv2.remap(self.signal, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
            np.float32,
        )

    def _blend(
        self, box: tuple[slice, slice], covered: NDArray[np.uint8], value: float | Field, opacity: float
    ) -> None:
        under = self.signal[box]
        over = value[box] if isinstance(value, np.ndarray) else np.float32(value)
        weight = covered.astype(np.float32)
        weight *= np.float32(opacity / 255)
        under += weight * (over - under)

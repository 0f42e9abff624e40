"""Where a picture lies in the patient: the voxels of its volume, and which of them are its pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Voxel: TypeAlias = tuple[int, int, int]
"""A voxel, or a step from one to another: along i, j and k."""

Point: TypeAlias = tuple[float, float, float]
"""Millimetres towards the patient's right, front and head (RAS+, the convention of NIfTI)."""

Affine: TypeAlias = tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]
"""Three rows of four numbers: a voxel (i, j, k, 1) to a `Point`."""

_LETTERS = (("L", "R"), ("P", "A"), ("I", "S"))


@dataclass(frozen=True, slots=True)
class Grid:
    """The voxels of a volume and where they lie in the patient.

    Attributes:
        shape: How many there are along i, j and k.
        affine: Brings the centre of a voxel to millimetres.
    """

    shape: Voxel
    affine: Affine

    def at(self, i: float, j: float, k: float) -> Point:
        """Return where a voxel's centre lies, in millimetres, RAS+."""
        x, y, z = (row[0] * i + row[1] * j + row[2] * k + row[3] for row in self.affine)
        return (x, y, z)

    def step(self, voxel: Voxel) -> Point:
        """Return what a step of so many voxels is in millimetres."""
        i, j, k = voxel
        x, y, z = (row[0] * i + row[1] * j + row[2] * k for row in self.affine)
        return (x, y, z)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a picture lies in a volume, and with it in the patient.

    Attributes:
        volume: Name of the volume, unique within a run; slices that share it belong together.
        index: Number of the slice in its volume, from 0.
        grid: The voxels of the volume, as its file stores them.
        first: The voxel under the picture's first pixel.
        down: The step from one row to the next: one voxel along one axis.
        across: The step from one column to the next, likewise.
    """

    volume: str
    index: int
    grid: Grid
    first: Voxel
    down: Voxel
    across: Voxel

    def at(self, row: float, column: float) -> Point:
        """Return where a pixel's centre lies, in millimetres, RAS+."""
        i, j, k = (
            f + row * d + column * a for f, d, a in zip(self.first, self.down, self.across, strict=True)
        )
        return self.grid.at(i, j, k)

    @property
    def spacing(self) -> tuple[float, float]:
        """Millimetres from one row to the next, and from one column to the next."""
        return (math.hypot(*self.grid.step(self.down)), math.hypot(*self.grid.step(self.across)))

    @property
    def edges(self) -> tuple[str, str, str, str]:
        """What lies beyond the left, right, top and bottom edge: R, L, A, P, S or I, the nearest."""
        left, right = _nearest(self.grid.step(self.across))
        top, bottom = _nearest(self.grid.step(self.down))
        return (left, right, top, bottom)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the picture: all voxels that its rows and columns run through."""
        height, width = (
            max(abs(step) * count for step, count in zip(way, self.grid.shape, strict=True))
            for way in (self.down, self.across)
        )
        return (height, width)

    def take(self, voxels: NDArray[Any]) -> NDArray[Any]:
        """Return the values of the voxels under the picture: (height, width).

        Args:
            voxels: Of the grid's shape.
        """
        return voxels[self._under()].copy()

    def put(self, values: NDArray[Any], voxels: NDArray[Any]) -> None:
        """Write the values of the picture's pixels into the voxels under them.

        Args:
            values: (height, width).
            voxels: Of the grid's shape; changed in place.
        """
        voxels[self._under()] = values

    def _under(self) -> tuple[NDArray[np.int64], ...]:
        height, width = self.size
        rows, columns = np.arange(height)[:, None], np.arange(width)[None]
        return tuple(
            f + rows * d + columns * a for f, d, a in zip(self.first, self.down, self.across, strict=True)
        )


def _nearest(step: Point) -> tuple[str, str]:
    """Return the letters of the side that a step comes from and of that which it leads to."""
    axis = max(range(3), key=lambda axis: abs(step[axis]))
    negative, positive = _LETTERS[axis]
    return (negative, positive) if step[axis] > 0 else (positive, negative)

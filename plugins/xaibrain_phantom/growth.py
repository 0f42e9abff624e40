"""The shapes that lesions grow into, and what growing does to the tissue around."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from xaibrain_phantom.anatomy import Anatomy
from xaibrain_phantom.texture import Field

REACH = 2.4
"""How many radii from its centre a lesion still changes its surroundings."""

Weight: TypeAlias = Field | NDArray[np.float64]
"""(h, w): how much of each pixel something covers, 0 to 1."""


@dataclass(frozen=True, eq=False)
class Shape:
    """A blob.

    Attributes:
        centre: x, y in pixels.
        radius: Its mean radius in pixels.
        level: (h, w) float32: 0 in the centre, 1 on the surface, growing outside in radii.
    """

    centre: NDArray[np.float64]
    radius: float
    level: Field

    @classmethod
    def irregular(
        cls,
        rng: np.random.Generator,
        centre: NDArray[np.float64],
        radius: float,
        size: tuple[int, int],
        roughness: float,
        stretch: float = 1.0,
        axis: NDArray[np.float64] | None = None,
    ) -> Shape:
        """Draw a blob: an ellipse whose radius wavers around it.

        Args:
            rng: Where it is drawn from.
            centre: x, y in pixels.
            radius: In pixels.
            size: Height and width of the slice.
            roughness: How much the radius wavers, as a share of it.
            stretch: How long it is along `axis`, as a share of its width.
            axis: Unit vector x, y; the column axis if none.
        """
        x, y = axis if axis is not None else (0.0, 1.0)
        right, down = _offsets(centre, size)
        along = (right * np.float32(x) + down * np.float32(y)) / np.float32(stretch)
        across = (down * np.float32(x) - right * np.float32(y)) * np.float32(stretch**0.5)
        angle = cv2.phase(across, along)
        waver = np.ones_like(angle)
        for wave in range(2, 7):
            swing = rng.normal(0, roughness / wave**0.7)
            waver += np.float32(swing) * np.cos(wave * angle + np.float32(rng.uniform(0, 2 * np.pi)))
        level = cv2.magnitude(across, along) / (radius * np.maximum(waver, 0.5))
        return cls(centre, radius, level.astype(np.float32))

    def joined(self, other: Shape) -> Shape:
        """Return both blobs as one, with a waist between them."""
        share = np.float32(other.radius / self.radius)
        scaled = (other.level - 1) * share + 1
        return Shape(self.centre, self.radius, np.minimum(self.level, scaled))

    def beyond(self, base: NDArray[np.float64], towards: NDArray[np.float64]) -> Field:
        """Return how far each pixel lies beyond the line through `base`, towards `towards`, in pixels."""
        right, down = _offsets(base, self.level.shape)
        return np.asarray(right * np.float32(towards[0]) + down * np.float32(towards[1]))

    def distance(self) -> Field:
        """Return the distance of each pixel from the centre, in radii."""
        right, down = _offsets(self.centre, self.level.shape)
        return np.asarray(cv2.magnitude(right, down) / np.float32(self.radius))

    def window(self) -> Field:
        """Return a weight that is 1 around the lesion and falls to exactly 0 at `REACH` radii."""
        return np.asarray(np.clip((REACH - self.distance()) / 0.5, 0, 1))


def edge(outside: Weight, sharpness: float) -> Field:
    """Return a weight of 1 where `outside` is negative and 0 where it is positive, soft between.

    Args:
        outside: Signed distance to an outline, in radii.
        sharpness: Pixels a radius for an edge one pixel wide; less for a softer one.
    """
    return np.asarray(np.clip(0.5 - outside * np.float32(sharpness), 0, 1), np.float32)


class Growth:
    """A slice while a lesion grows in it.

    Attributes:
        tissue: (h, w) float32: the slice's own signal, displaced by the lesion.
        signal: (h, w) float32: the same with all that was laid on it so far.
        kept: (h, w) float32: how much of the tissue still shows, 0 to 1.
    """

    def __init__(self, tissue: Field) -> None:
        self.tissue = tissue
        self.signal = tissue.copy()
        self.kept = np.ones_like(tissue)

    def lay(self, weight: Weight, value: float | Field, opacity: float = 1.0) -> None:
        """Lay a signal on the slice with a weight from 0 to 1."""
        covers = np.asarray(weight * opacity, np.float32)
        self.signal += covers * (np.asarray(value, np.float32) - self.signal)
        self.kept *= 1 - covers


def pushed_aside(anatomy: Anatomy, shape: Shape, strength: float) -> Field:
    """Return the signal with the soft tissue around a lesion displaced; bone stays where it is.

    Args:
        anatomy: The healthy slice.
        shape: What grows.
        strength: Share of the distance to the centre that tissue next to it gives way.
    """
    inside = (anatomy.landmarks.intracranial > 127).astype(np.uint8)
    soft = np.clip((cv2.distanceTransform(inside, cv2.DIST_L2, 3) - 2) / 8, 0, 1)
    fall = np.maximum(1 - (shape.distance() / np.float32(REACH)) ** 2, 0) ** 2
    pull = (soft * fall * np.float32(strength)).astype(np.float32)
    right, down = _offsets(shape.centre, pull.shape)
    rows, columns = np.indices(pull.shape, np.float32)
    columns -= pull * right
    rows -= pull * down
    moved = cv2.remap(anatomy.signal, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    # Untouched pixels are copied, not interpolated: they must equal the healthy slice exactly.
    return np.asarray(np.where(pull > 0, moved, anatomy.signal), np.float32)


def _offsets(point: NDArray[np.float64], size: tuple[int, ...]) -> tuple[Field, Field]:
    """Return how far right of a point, and below it, each pixel lies."""
    rows, columns = np.indices(size, np.float32)
    return columns - np.float32(point[0]), rows - np.float32(point[1])

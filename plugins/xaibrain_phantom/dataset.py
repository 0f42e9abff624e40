"""The dataset `phantom`: labelled slices with lesion masks, made when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import cv2
import numpy as np

from xaibrain import Image
from xaibrain.errors import UsageError
from xaibrain.types import Mask
from xaibrain_phantom.anatomy import PLANES, Anatomy, Plane
from xaibrain_phantom.canvas import MATRIX
from xaibrain_phantom.imaging import Scan
from xaibrain_phantom.lesions import GROW
from xaibrain_phantom.planting import plant
from xaibrain_phantom.texture import Field

CLASS_NAMES = ("glioma_tumor", "meningioma_tumor", "no_tumor", "pituitary_tumor")
SMALLEST = 32


def streams(seed: int, index: int) -> list[np.random.Generator]:
    """Return what the head, the scanner and the lesion of one picture are drawn from.

    There are three, so that what the lesion draws cannot shift what the others draw.
    """
    return np.random.default_rng([seed, index]).spawn(3)


def _plane(index: int) -> Plane:
    return PLANES[index // len(CLASS_NAMES) % len(PLANES)]


class Phantom:
    """Drawn brain MRI slices: glioma, meningioma, no tumour, pituitary tumour, each with its lesion mask.

    Picture `i` depends on the seed and on `i` alone: the classes take turns, the planes change every
    four pictures, so that any twelve in a row hold each class in each plane. Anatomy, pose, contrast
    and noise are drawn apart from the lesion and know nothing of it.

    Args:
        count: How many pictures.
        seed: Which endless series they are taken from.
        size: Height and width in pixels. The slices are drawn at 256 and resampled.

    Raises:
        UsageError: An option is out of range.
    """

    class_names: tuple[str, ...] = CLASS_NAMES
    default_model: str | None = "phantom-efficientnet"
    lesions: tuple[str, ...] = tuple(GROW)

    def __init__(self, count: int = 12, seed: int = 0, size: int = 256) -> None:
        if count < 1:
            raise UsageError(f"phantom: count={count} gives no pictures; set count to 1 or more.")
        if seed < 0:
            raise UsageError(f"phantom: seed={seed} is negative; set seed to 0 or more.")
        if size < SMALLEST:
            raise UsageError(f"phantom: size={size} is too small for a head; set size to {SMALLEST} or more.")
        self.count = count
        self.seed = seed
        self.size = size

    def __len__(self) -> int:
        """Return the number of pictures."""
        return self.count

    def __getitem__(self, index: int) -> Image:
        """Draw one picture: (size, size) uint8, with its mask and its spacing."""
        return self._draw(index, with_lesion=True)

    def __iter__(self) -> Iterator[Image]:
        """Draw the pictures in order."""
        return (self[index] for index in range(self.count))

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids of all pictures, in order."""
        return tuple(self._id(index) for index in range(self.count))

    def healthy(self, index: int) -> Image:
        """Draw the same head in the same scan without its lesion: what the lesion alone changed."""
        return self._draw(index, with_lesion=False)

    def plant(
        self,
        image: Image,
        label: str,
        seed: int,
        *,
        radius: float | None = None,
        place: tuple[float, float] | None = None,
    ) -> Image:
        """Blend one lesion into any slice, drawn or real: see `xaibrain.Planter` and `planting.plant`."""
        return plant(image, label, seed, radius=radius, place=place)

    def _draw(self, index: int, with_lesion: bool) -> Image:
        index = range(self.count)[index]
        label = CLASS_NAMES[index % len(CLASS_NAMES)] if with_lesion else "no_tumor"
        head, scanner, growth = streams(self.seed, index)
        anatomy = Anatomy.draw(head, _plane(index))
        scan = Scan.draw(scanner, MATRIX)
        signal, mask = anatomy.signal, np.zeros((MATRIX, MATRIX), bool)
        if label in GROW:
            lesion = GROW[label](anatomy, growth)
            signal, mask = lesion.signal, lesion.mask
        spacing = MATRIX / self.size / anatomy.pixels_per_mm
        return Image(
            pixels=np.asarray(self._resampled(scan.acquire(signal).astype(np.float32)) + 0.5).astype(
                np.uint8
            ),
            id=self._id(index) + ("" if with_lesion else "-healthy"),
            source=f"phantom(seed={self.seed}, index={index})",
            label=label,
            mask=self._mask(mask),
            spacing=(spacing, spacing),
        )

    def _id(self, index: int) -> str:
        return f"phantom-{self.seed}-{index:06d}-{_plane(index)}"

    def _resampled(self, picture: Field) -> Field:
        if self.size == MATRIX:
            return picture
        method = cv2.INTER_AREA if self.size < MATRIX else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(picture, (self.size, self.size), interpolation=method), np.float32)

    def _mask(self, mask: Mask) -> Mask:
        return np.asarray(self._resampled(mask.astype(np.float32)) > 0.5)

"""One head, cut once: everything about a slice but its lesion and its acquisition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from xaibrain_phantom import coronal, orbital, sagittal, suprasellar
from xaibrain_phantom.canvas import Canvas, Placement
from xaibrain_phantom.head import Landmarks
from xaibrain_phantom.imaging import Contrast
from xaibrain_phantom.texture import Field

Plane = Literal["axial", "coronal", "sagittal"]
PLANES: tuple[Plane, ...] = ("axial", "coronal", "sagittal")

_LEVELS = {
    "axial": (orbital.draw, suprasellar.draw),
    "coronal": (coronal.draw,),
    "sagittal": (sagittal.draw,),
}


@dataclass(frozen=True, eq=False)
class Anatomy:
    """What a lesion needs to know of a slice: drawn here before the scanner saw it, or read from a picture.

    Attributes:
        plane: How it was cut.
        signal: (h, w) float32, 0 air to about 1 fat; without noise or blur where it was drawn.
        landmarks: Where lesions may arise.
        csf: Signal of cerebrospinal fluid.
        grey: Signal of grey matter.
        pixels_per_mm: Of the (h, w) matrix.
    """

    plane: Plane
    signal: Field
    landmarks: Landmarks
    csf: float
    grey: float
    pixels_per_mm: float

    @classmethod
    def draw(cls, rng: np.random.Generator, plane: Plane) -> Anatomy:
        """Draw the head of one subject, under one protocol, in one plane."""
        contrast, placement = Contrast.draw(rng), Placement.draw(rng)
        canvas = Canvas(placement, contrast, rng)
        level = int(rng.integers(len(_LEVELS[plane])))
        landmarks = _LEVELS[plane][level](canvas)
        canvas.bend(0.4)
        return cls(plane, canvas.signal, landmarks, contrast.csf, contrast.grey, placement.pixels_per_mm)

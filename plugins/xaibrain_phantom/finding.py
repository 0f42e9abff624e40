"""Where the brain lies in a slice: thresholds and shapes, on a small and smooth version of it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from xaibrain.errors import InputError
from xaibrain_phantom.anatomy import Plane
from xaibrain_phantom.curves import Curve
from xaibrain_phantom.texture import Field

_NO_HEAD = "no head stands out from a dark ground; give a slice of a head."


@dataclass(frozen=True, eq=False)
class Found:
    """A head, and the brain in it.

    Attributes:
        plane: `coronal` where the slice goes through a face or a neck (it may be sagittal), else `axial`.
        width: Of the head: the shorter side of the box around it.
        brain: (h, w) 1 on all that lies inside the skull, as far as it can be told.
        parenchyma: (h, w) 1 on its tissue, without wide fluid.
        level: Median of the brain.
        air: Median of what is outside the head.
    """

    plane: Plane
    width: float
    brain: NDArray[np.uint8]
    parenchyma: NDArray[np.uint8]
    level: float
    air: float

    def outline(self) -> Curve:
        """Return the smoothed outline of the brain: (n, 2) x, y."""
        outlines, _ = cv2.findContours(self.brain, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        outline = max(outlines, key=len)[:, 0].astype(np.float64)
        around = np.pad(outline, ((4, 4), (0, 0)), mode="wrap")
        smooth = [np.convolve(along, np.ones(9) / 9, "valid") for along in around.T]
        return np.stack(smooth, axis=1)

    def sella(self) -> NDArray[np.float64]:
        """Return where a pituitary gland usually lies, x and y: before the middle, or low in it."""
        left, top, across, tall = cv2.boundingRect(self.brain)
        low = 0.42 * tall if self.plane == "axial" else min(0.85 * tall, 0.53 * self.width)
        return np.array([left + across / 2, top + low])


def find(smooth: Field) -> Found:
    """Find head and brain.

    Args:
        smooth: (h, w) grey values, air darkest, some 160 pixels of the longer side.

    Raises:
        InputError: There is no head, or no brain in it.
    """
    head = _head(smooth)
    width = float(min(cv2.boundingRect(head)[2:]))
    plane = _plane(head, width)
    depth = cv2.distanceTransform(cv2.copyMakeBorder(head, 1, 1, 1, 1, cv2.BORDER_REPLICATE), cv2.DIST_L2, 3)
    depth = depth[1:-1, 1:-1]
    _, top, _, tall = cv2.boundingRect(head)
    rows = slice(None if plane == "axial" else round(top + 0.6 * tall))
    core = smooth[rows][depth[rows] > 0.15 * width]
    air = float(np.median(smooth[head == 0])) if (head == 0).any() else float(smooth.min())
    level = float(np.median(core)) if core.size else air
    if level <= air:
        raise InputError(_NO_HEAD)
    share = (smooth - air) / (level - air)
    tissue = ((share > 0.5) & (share < 1.7) & (depth > 0.03 * width)).astype(np.uint8)
    # Scalp, face and neck hang on the brain by bridges that opening breaks.
    tissue = np.asarray(cv2.morphologyEx(tissue, cv2.MORPH_OPEN, disc(0.03 * width)), np.uint8)
    if plane != "axial":
        tissue &= _vault(head, width)
    if not tissue.any():
        raise InputError(_NO_HEAD)
    brain = _closed(_filled(tissue, 0.2), 0.1 * width) & (depth > 0.06 * width)
    inner: NDArray[np.uint8] = np.asarray(cv2.erode(brain, disc(0.012 * width)), np.uint8)
    solid = inner & (share > 0.62)
    parenchyma = cv2.morphologyEx(solid.astype(np.uint8), cv2.MORPH_CLOSE, disc(0.015 * width))
    return Found(plane, width, brain.astype(np.uint8), np.asarray(parenchyma, np.uint8), level, air)


def disc(radius: float) -> NDArray[np.uint8]:
    """Return a round kernel of a radius in pixels, at least 1."""
    side = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _head(smooth: Field) -> NDArray[np.uint8]:
    """Return 1 on the head: what is brighter than half of Otsu's threshold, its holes filled."""
    low, high = np.percentile(smooth, [0.5, 99])
    if not high > low:
        raise InputError(_NO_HEAD)
    # Under a root, brain that is dark beside bright fat still counts as bright.
    stretched = (np.sqrt(np.clip((smooth - low) / (high - low), 0, 1)) * 255).astype(np.uint8)
    otsu, _ = cv2.threshold(stretched, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    bright = (stretched > otsu / 2).astype(np.uint8)
    bright = np.asarray(cv2.morphologyEx(bright, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8)
    if bright.mean() < 0.05:
        raise InputError(_NO_HEAD)
    return _filled(bright, 0.2)


def _filled(mask: NDArray[np.uint8], least: float = 1.0) -> NDArray[np.uint8]:
    """Return the parts of at least a share of the largest one's area, their holes filled."""
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    areas = [cv2.contourArea(outline) for outline in outlines]
    large = [outline for outline, area in zip(outlines, areas, strict=True) if area >= least * max(areas)]
    return np.asarray(cv2.drawContours(np.zeros_like(mask), large, -1, 1, cv2.FILLED), np.uint8)


def _closed(mask: NDArray[np.uint8], radius: float) -> NDArray[np.uint8]:
    """Return a part with its bays closed, those at the border of the picture too."""
    rim = round(radius) + 2
    framed = cv2.copyMakeBorder(mask, rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=0)
    closed = cv2.morphologyEx(framed, cv2.MORPH_CLOSE, disc(radius))[rim:-rim, rim:-rim]
    return _filled(np.ascontiguousarray(closed))


def _plane(head: NDArray[np.uint8], width: float) -> Plane:
    """Tell slices through a face or a neck: they leave the picture at its bottom, or are tall."""
    _, _, across, tall = cv2.boundingRect(head)
    below = head[-2:].any(axis=0).sum()
    return "coronal" if below > 0.45 * width or tall > 1.4 * across else "axial"


def _vault(head: NDArray[np.uint8], width: float) -> NDArray[np.uint8]:
    """Return 1 on an ellipse over the part of a head that holds the brain, above face and neck."""
    left, top, across, _ = cv2.boundingRect(head)
    centre = (round(left + across / 2), round(top + 0.39 * width))
    axes = (round(across / 2), round(0.39 * width))
    return np.asarray(cv2.ellipse(np.zeros_like(head), centre, axes, 0, 0, 360, 1, cv2.FILLED), np.uint8)

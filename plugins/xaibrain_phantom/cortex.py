"""The folded brain: sulci cut in from a surface, a grey ribbon along everything that touches fluid."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from xaibrain_phantom.canvas import Canvas
from xaibrain_phantom.curves import Curve, inward_normals, ribbon, scaled
from xaibrain_phantom.texture import grain

_STEPS = 12


@dataclass(frozen=True)
class Folding:
    """How a stretch of brain surface is folded, in mm.

    Attributes:
        spacing: Between neighbouring sulci.
        shallow: Depth of the shallowest.
        deep: Depth of the deepest.
        width: Of a sulcus at its mouth.
        wander: How much a sulcus bends on its way, in radians.
    """

    spacing: float = 11.0
    shallow: float = 6.0
    deep: float = 24.0
    width: float = 1.8
    wander: float = 0.7


def sulci(rng: np.random.Generator, surface: Curve, inward: Curve, folding: Folding) -> Curve:
    """Return the courses of the sulci of a surface: (k, 12, 2), from the mouth to the fundus.

    Args:
        rng: Where they are drawn from.
        surface: (n, 2) points along the surface.
        inward: (n, 2) unit vectors into the brain.
        folding: How it is folded.
    """
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(surface, axis=0), axis=1))])
    count = max(1, round(along[-1] / folding.spacing))
    mouths = (np.arange(count) + rng.uniform(0.15, 0.85, count)) * along[-1] / count
    where = np.clip(np.searchsorted(along, mouths), 0, len(surface) - 1)
    depth = folding.shallow + (folding.deep - folding.shallow) * rng.beta(1.3, 1.6, count)
    heading = np.arctan2(inward[where, 1], inward[where, 0]) + rng.normal(0, 0.25, count)
    primary = _walk(rng, surface[where], heading, depth, folding.wander)
    forked = np.flatnonzero(rng.random(count) < 0.55)
    fork = rng.integers(4, 10, forked.size)
    side = rng.choice([-1.0, 1.0], forked.size) * rng.uniform(0.9, 1.5, forked.size)
    branch = _walk(
        rng,
        primary[forked, fork],
        heading[forked] + side,
        depth[forked] * rng.uniform(0.25, 0.55),
        folding.wander,
    )
    return np.concatenate([primary, branch])


def closed_sulci(rng: np.random.Generator, outline: Curve, folding: Folding) -> Curve:
    """Return the sulci of a whole closed outline: (k, 12, 2)."""
    return sulci(rng, outline, inward_normals(outline), folding)


def medial_sulci(rng: np.random.Generator, fissure: Curve, folding: Folding) -> Curve:
    """Return the sulci of both walls along an open fissure: (k, 12, 2)."""
    tangent = np.gradient(fissure, axis=0)
    towards = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    walls = [sulci(rng, fissure, side * towards, folding) for side in (1, -1)]
    return np.concatenate(walls)


def carve(canvas: Canvas, brain: NDArray[np.uint8], courses: Curve, width: float) -> None:
    """Take the sulci out of a coverage of brain.

    Each has its own width, narrowing to its fundus, and its own depth: a slice that meets a sulcus at a
    slant shows it grey, not black.
    """
    own = width * canvas.rng.uniform(0.4, 1.25, (len(courses), 1))
    remains = (210 * canvas.rng.beta(0.7, 1.1, len(courses))).astype(np.int64)
    slant_first = np.argsort(-remains)
    outlines = ribbon(courses, own * np.linspace(1, 0.3, _STEPS))
    canvas.mark(brain, outlines[slant_first], remains[slant_first])


def paint(canvas: Canvas, brain: NDArray[np.uint8], nuclei: NDArray[np.uint8], thickness: float) -> None:
    """Lay grey and white matter where the coverage `brain` says.

    Args:
        canvas: Where to paint.
        brain: (256, 256) coverage, sulci and fissures already carved.
        nuclei: (256, 256) coverage of the deep grey matter.
        thickness: Of the cortex, in mm.
    """
    contrast = canvas.contrast
    depth = cv2.distanceTransform((brain > 225).astype(np.uint8), cv2.DIST_L2, 3)
    ribbon_edge = (
        thickness * canvas.placement.pixels_per_mm * (1 + 0.2 * grain(canvas.rng, brain.shape[0], 24))
    )
    grey = np.clip(0.5 + (ribbon_edge - depth) / 1.6, 0, 1)
    grey = cv2.GaussianBlur(np.maximum(grey, nuclei.astype(np.float32) / 255 * 0.85), (3, 3), 0.7)
    tissue = contrast.white + (contrast.grey - contrast.white) * grey
    tissue *= (
        1 + 0.025 * grain(canvas.rng, brain.shape[0], 10) + 0.015 * grain(canvas.rng, brain.shape[0], 48)
    )
    canvas.lay(brain, tissue.astype(np.float32))


def veins(canvas: Canvas, courses: Curve, share: float) -> None:
    """Let some sulci carry an enhancing vein along a part of their course."""
    chosen = courses[canvas.rng.random(len(courses)) < share]
    for course in chosen:
        start = canvas.rng.integers(0, 5)
        piece = course[start : start + canvas.rng.integers(3, 8)]
        width, opacity = canvas.rng.uniform(0.5, 1.3), canvas.rng.uniform(0.2, 0.75)
        canvas.stroke(piece, width, canvas.contrast.vessel, opacity)


def folia(canvas: Canvas, outline: Curve, longest: int) -> None:
    """Lay the leaves of cerebellar cortex: broken dark arcs, one inside the other.

    Args:
        canvas: Where to paint.
        outline: Of the cerebellum.
        longest: How many points of the outline an arc may follow.
    """
    rng = canvas.rng
    for share in np.arange(0.94, 0.4, -0.075):
        for _ in range(3):
            arc = scaled(outline, share + rng.normal(0, 0.025))
            start, length = int(rng.integers(len(arc))), int(rng.integers(8, longest))
            piece = np.take(arc, np.arange(start, start + length), axis=0, mode="wrap")
            piece = piece + rng.normal(0, 0.5, 2) + np.cumsum(rng.normal(0, 0.12, piece.shape), axis=0)
            width = rng.uniform(0.3, 1.0) * np.interp(np.linspace(0, 2, length), (0, 1, 2), (0.3, 1, 0.3))
            canvas.stroke(piece, width, canvas.contrast.csf, rng.uniform(0.15, 0.55))


def _walk(
    rng: np.random.Generator,
    start: Curve,
    heading: NDArray[np.float64],
    length: NDArray[np.float64],
    wander: float,
) -> Curve:
    """Return paths (k, 12, 2) from `start`, of the given lengths, that bend smoothly as they go."""
    bend = rng.normal(0, wander, (len(start), 1)) * np.linspace(0, 1, _STEPS)
    wobble = np.cumsum(rng.normal(0, wander * 0.22, (len(start), _STEPS)), axis=1)
    angle = heading[:, None] + bend + wobble
    step = np.stack([np.cos(angle), np.sin(angle)], axis=-1) * (length / _STEPS)[:, None, None]
    # One step back, so that the mouth opens into the fluid outside.
    return np.asarray(start[:, None, :] + np.cumsum(step, axis=1) - 1.5 * step[:, :1])

"""What all planes share: scalp, skull, dura, vessels, air; and where lesions may arise."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from xaibrain_phantom.canvas import MATRIX, Canvas, Placement
from xaibrain_phantom.curves import Curve, Width, ellipse, inset, inward_normals
from xaibrain_phantom.texture import grain


@dataclass(frozen=True)
class Landmarks:
    """Where on a slice each kind of lesion may arise.

    Attributes:
        parenchyma: (h, w) coverage, 0 to 255: brain, its sulci included, without fissures and ventricles.
        intracranial: (h, w) coverage of all that lies inside the dura.
        dura: (n, 4) places on dura: x, y in pixels, and the unit vector into the brain.
        sella: x, y in pixels of the middle of the pituitary gland.
    """

    parenchyma: NDArray[np.uint8]
    intracranial: NDArray[np.uint8]
    dura: NDArray[np.float64]
    sella: NDArray[np.float64]


def uneven(canvas: Canvas, count: int, mean: float, spread: float) -> NDArray[np.float64]:
    """Return a thickness in mm for each of `count` points of a closed outline, varying smoothly."""
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    waves = canvas.rng.normal(0, spread / 2, (3, 2))
    parts = [a * np.cos(k * angle) + b * np.sin(k * angle) for k, (a, b) in enumerate(waves, start=1)]
    return np.asarray(np.maximum(mean + np.sum(parts, axis=0), mean * 0.4))


def soft_tissue(canvas: Canvas, outline: Curve) -> None:
    """Lay the head's outside: skin, and fat with its septa."""
    contrast, rng = canvas.contrast, canvas.rng
    septa = np.abs(grain(rng, MATRIX, 40, 1.5)) * rng.uniform(0.04, 0.1)
    mottle = 1 + 0.06 * grain(rng, MATRIX, 14)
    canvas.fill(outline, contrast.skin)
    canvas.fill(inset(outline, rng.uniform(1.2, 2.0)), (contrast.fat * mottle - septa).astype(np.float32))


def weathered(canvas: Canvas, pull: float) -> None:
    """Bend and mottle all that was laid so far, below the skin: nothing in a face is a clean outline.

    Args:
        canvas: Where to paint.
        pull: How far tissue is displaced, in pixels.
    """
    below_skin = cv2.distanceTransform((canvas.signal > 0).astype(np.uint8), cv2.DIST_L2, 3)
    weight = np.asarray(np.clip((below_skin - 3) / 12, 0, 1), np.float32)
    canvas.bend(np.float32(pull) * weight)
    mottle = 0.11 * weight * grain(canvas.rng, MATRIX, 34) + 0.05 * grain(canvas.rng, MATRIX, 80)
    canvas.signal *= np.maximum(1 + mottle, 0.5)


def muscle(canvas: Canvas, *outlines: Curve) -> None:
    """Lay muscles: dark grey, with fat streaks along their fibres."""
    streaks = np.maximum(grain(canvas.rng, MATRIX, 60, 3.5), 0) * 0.05
    fibres = canvas.contrast.muscle * (1 + 0.08 * grain(canvas.rng, MATRIX, 20)) + streaks
    for outline in outlines:
        canvas.fill(outline, fibres.astype(np.float32))


def skull(canvas: Canvas, cranium: Curve, thickness: float) -> Curve:
    """Lay the vault from outer table to dura, fluid inside; return the inner surface of the dura."""
    contrast, rng = canvas.contrast, canvas.rng
    depth = uneven(canvas, len(cranium), thickness, 1.1)
    patchy = 0.25 * grain(rng, MATRIX, 26) + 0.3 * grain(rng, MATRIX, 7)
    marrow = contrast.marrow * (1 + patchy)
    canvas.fill(cranium, contrast.bone)
    canvas.fill(inset(cranium, 1.6), np.maximum(marrow, 0.1).astype(np.float32))
    canvas.fill(inset(cranium, depth - 1.7), contrast.bone)
    canvas.fill(inset(cranium, depth), contrast.dura)
    inner = inset(cranium, depth + 0.9)
    canvas.fill(inner, contrast.csf)
    return inner


def sinus(canvas: Canvas, course: Curve, width: Width) -> None:
    """Lay an enhancing dural fold or venous sinus along an open course."""
    canvas.stroke(course, width, canvas.contrast.vessel, canvas.rng.uniform(0.55, 0.95))


def falx(canvas: Canvas, course: Curve) -> None:
    """Lay a fold of dura: a thin line, enhancing more or less."""
    width, opacity = canvas.rng.uniform(0.7, 1.2), canvas.rng.uniform(0.4, 0.9)
    canvas.stroke(course, width, canvas.contrast.dura, opacity)


def vessel(canvas: Canvas, x: float, y: float, radius: float) -> None:
    """Lay an artery cut across: bright with slow flow, a dark void with fast."""
    enhancing = canvas.rng.random() < 0.6
    value = canvas.contrast.vessel if enhancing else canvas.contrast.csf * 0.5
    canvas.fill(ellipse(x, y, radius, radius), value, 0.9)


def air_cells(canvas: Canvas, outline: Curve, cells: int) -> None:
    """Lay an aerated sinus: enhancing mucosa around air, with thin septa when it has several cells."""
    canvas.fill(outline, canvas.contrast.mucosa, canvas.rng.uniform(0.6, 1))
    canvas.fill(inset(outline, canvas.rng.uniform(0.9, 1.8)), 0.015)
    if cells > 1:
        wall = np.abs(grain(canvas.rng, MATRIX, cells, 0.7)) < 0.16
        inside = canvas.coverage(inset(outline, 1.0))
        canvas.lay(np.where(wall, inside, np.uint8(0)), canvas.contrast.mucosa, 0.7)


def dural_places(placement: Placement, *folds: tuple[Curve, Curve]) -> NDArray[np.float64]:
    """Return places on dura in pixels: (n, 4).

    Args:
        placement: Where the head lies.
        folds: Pairs of points (n, 2) in mm and unit vectors (n, 2) towards the brain.
    """
    points = np.concatenate([fold[0] for fold in folds])
    towards = np.concatenate([fold[1] for fold in folds])
    placed = placement(points)
    normal = placement(points + towards) - placed
    return np.column_stack([placed, normal / np.linalg.norm(normal, axis=1, keepdims=True)])


def convexity(inner: Curve, keep: NDArray[np.bool_]) -> tuple[Curve, Curve]:
    """Return the places of a closed dural outline that `keep` chooses, with their inward normals."""
    return inner[keep], inward_normals(inner)[keep]


def both_sides(fold: Curve) -> tuple[Curve, Curve]:
    """Return the places of a dural fold twice, once towards the brain on either side."""
    tangent = np.gradient(fold, axis=0)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    return np.concatenate([fold, fold]), np.concatenate([normal, -normal])

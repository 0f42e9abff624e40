"""Tumours that grow where they do in life: in the brain, on the dura, out of the sella."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from xaibrain.types import Mask
from xaibrain_phantom.anatomy import Anatomy
from xaibrain_phantom.canvas import MATRIX
from xaibrain_phantom.growth import Shape, Weight, blend, edge, pushed_aside
from xaibrain_phantom.imaging import POINT_SPREAD_RADIUS
from xaibrain_phantom.texture import Field, grain

RADIUS_MM = (6.0, 20.0)
"""Smallest and largest radius of a lesion: 4 to 13 % of the width of a head."""


@dataclass(frozen=True, eq=False)
class Lesion:
    """A tumour in its place.

    Attributes:
        signal: (256, 256) float32: the anatomy's signal with the tumour in it.
        mask: (256, 256) True on the tumour itself, without oedema, dural tail and displaced tissue.
        reach: (256, 256) True wherever the acquired picture may differ from the healthy one.
    """

    signal: Field
    mask: Mask
    reach: Mask


def glioma(anatomy: Anatomy, rng: np.random.Generator) -> Lesion:
    """Grow a high-grade glioma: an irregular enhancing ring, a necrotic core, oedema around it."""
    contrast, parenchyma = anatomy.contrast, anatomy.landmarks.parenchyma
    radius = _radius(anatomy, rng)
    centre, radius = _in_parenchyma(anatomy, rng, radius)
    shape = Shape.irregular(rng, centre, radius, roughness=0.13)
    level = shape.level + 0.15 * _lumps(rng, 0.8 * radius)
    inside = np.minimum(cv2.GaussianBlur(parenchyma, (5, 5), 1.0), parenchyma) / np.float32(255)
    signal = pushed_aside(anatomy, shape, rng.uniform(0.1, 0.35))
    spread = rng.uniform(1.35, 1.9) + 0.25 * _lumps(rng, radius)
    oedema = contrast.csf + (contrast.grey - contrast.csf) * rng.uniform(0.5, 0.75)
    blend(signal, edge(level - spread, radius / 3) * inside * shape.window(), oedema, 0.9)
    tumour = edge(level - 1, radius) * inside
    enhancement = rng.uniform(0.58, 0.85) * (1 + 0.13 * _lumps(rng, radius * 0.5))
    blend(signal, tumour, enhancement)
    wall = rng.uniform(0.2, 0.45) + 0.1 * _lumps(rng, radius * 0.8)
    wall = np.maximum(wall, 1.3 / radius)
    necrosis = contrast.csf + rng.uniform(0.02, 0.14) + 0.03 * _lumps(rng, radius * 0.4)
    blend(signal, edge(level - (1 - wall), radius) * tumour, necrosis, rng.uniform(0.85, 1))
    return _finished(anatomy, shape, signal, tumour)


def meningioma(anatomy: Anatomy, rng: np.random.Generator) -> Lesion:
    """Grow a meningioma: broad-based on dura, homogeneous and bright, a cleft around, a dural tail."""
    contrast, landmarks = anatomy.contrast, anatomy.landmarks
    radius = _radius(anatomy, rng)
    base, towards = _on_dura(anatomy, rng, radius)
    shape = Shape.irregular(
        rng,
        base + towards * radius * rng.uniform(0.35, 0.75),
        radius,
        roughness=0.05,
        stretch=rng.uniform(0.8, 1.0),
        axis=towards,
    )
    intracranial = landmarks.intracranial.astype(np.float32) / 255
    allowed = intracranial * np.clip(shape.beyond(base, towards) + 1, 0, 1)
    signal = pushed_aside(anatomy, shape, rng.uniform(0.2, 0.45))
    if rng.random() < 0.5:
        oedema = contrast.csf + (contrast.grey - contrast.csf) * rng.uniform(0.5, 0.8)
        spread = rng.uniform(1.3, 1.7) + 0.2 * _lumps(rng, radius)
        weight = edge(shape.level - spread, radius / 3) * shape.window() * allowed
        blend(signal, weight * (landmarks.parenchyma / np.float32(255)), oedema, 0.85)
    blend(signal, edge(shape.level - 1 - 1.6 / radius, radius) * allowed, contrast.csf, rng.uniform(0.3, 0.9))
    value = rng.uniform(0.58, 0.82)
    blend(signal, _tail(anatomy, rng, base, towards, radius) * shape.window(), value, rng.uniform(0.6, 1))
    tumour = edge(shape.level - 1, radius) * allowed
    blend(signal, tumour, value * (1 + 0.035 * _lumps(rng, radius * 0.5)))
    return _finished(anatomy, shape, signal, tumour)


def pituitary(anatomy: Anatomy, rng: np.random.Generator) -> Lesion:
    """Grow a pituitary adenoma: round, out of the sella and up, waisted where the diaphragm holds it."""
    landmarks = anatomy.landmarks
    # Smaller than this, it could not be told from a normal gland.
    radius = float(rng.uniform(6.5, 17) * anatomy.pixels_per_mm)
    up = np.array([0.0, 0.0 if anatomy.plane == "axial" else -1.0])
    centre = landmarks.sella + up * radius * rng.uniform(0.1, 0.45) + rng.normal(0, 1, 2)
    shape = Shape.irregular(rng, centre, radius, roughness=0.07, stretch=rng.uniform(0.85, 1.1))
    if up.any() and rng.random() < 0.4:
        head = Shape.irregular(
            rng, centre + up * radius * 0.85, radius * rng.uniform(0.6, 0.8), roughness=0.04
        )
        shape = shape.joined(head)
    signal = pushed_aside(anatomy, shape, rng.uniform(0.2, 0.4))
    tumour = edge(shape.level - 1, radius)
    value = rng.uniform(0.55, 0.78)
    blend(signal, tumour, value * (1 + 0.06 * _lumps(rng, radius * 0.5)))
    if rng.random() < 0.3:
        cyst = rng.uniform(0.4, 0.65) + 0.1 * _lumps(rng, radius)
        blend(signal, edge(shape.level - cyst, radius) * tumour, value * rng.uniform(0.4, 0.8), 0.9)
    return _finished(anatomy, shape, signal, tumour)


GROW: dict[str, Callable[[Anatomy, np.random.Generator], Lesion]] = {
    "glioma_tumor": glioma,
    "meningioma_tumor": meningioma,
    "pituitary_tumor": pituitary,
}
"""Class name to how it grows; the class without a tumour has none."""


def _radius(anatomy: Anatomy, rng: np.random.Generator) -> float:
    """Draw a radius in pixels."""
    return float(rng.uniform(*RADIUS_MM) * anatomy.pixels_per_mm)


def _lumps(rng: np.random.Generator, radius: float) -> Field:
    """Return noise whose bumps are of about a radius."""
    return grain(rng, MATRIX, int(np.clip(MATRIX / max(radius, 3), 6, 80)))


def _in_parenchyma(
    anatomy: Anatomy, rng: np.random.Generator, radius: float
) -> tuple[NDArray[np.float64], float]:
    """Choose a place with room for a tumour, away from the sella; return it and the radius that fits."""
    room = cv2.distanceTransform((anatomy.landmarks.parenchyma > 127).astype(np.uint8), cv2.DIST_L2, 3)
    rows, columns = np.indices(room.shape, np.float32)
    x, y = anatomy.landmarks.sella
    apart = np.hypot(columns - x, rows - y) > radius + 16 * anatomy.pixels_per_mm
    room *= apart
    roomy = np.flatnonzero(room >= min(0.75 * radius, 0.9 * float(room.max())))
    row, column = divmod(int(roomy[rng.integers(len(roomy))]), MATRIX)
    return np.array([column, row], float), float(min(radius, room[row, column] / 0.7))


def _on_dura(
    anatomy: Anatomy, rng: np.random.Generator, radius: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Choose a place on dura in front of which a tumour has room; return it and the way into the brain."""
    places = anatomy.landmarks.dura
    inside = (anatomy.landmarks.intracranial > 127).astype(np.uint8)
    room = cv2.distanceTransform(inside, cv2.DIST_L2, 3)
    columns, rows = np.clip(places[:, :2] + 0.8 * radius * places[:, 2:], 0, MATRIX - 1).astype(int).T
    roomy = places[room[rows, columns] > 0.6 * radius]
    chosen = roomy if len(roomy) else places
    x, y, *towards = chosen[rng.integers(len(chosen))]
    return np.array([x, y]), np.array(towards)


def _tail(
    anatomy: Anatomy,
    rng: np.random.Generator,
    base: NDArray[np.float64],
    towards: NDArray[np.float64],
    radius: float,
) -> Field:
    """Return the weight of the enhancing dura that runs out on both sides of the base."""
    places = anatomy.landmarks.dura
    tangent = np.array([-towards[1], towards[0]])
    aside = (places[:, :2] - base) @ tangent
    near = np.hypot(*(places[:, :2] - base).T) < radius * rng.uniform(1.5, 2.1)
    course = places[near & (places[:, 2:] @ towards > 0.5)][:, :2]
    course = course[np.argsort(aside[near & (places[:, 2:] @ towards > 0.5)])]
    drawn = np.zeros((MATRIX, MATRIX), np.uint8)
    cv2.polylines(drawn, [np.round(course * 16).astype(np.int32)], False, 255, 2, cv2.LINE_AA, 4)
    return np.asarray(drawn / 255, np.float32)


def _finished(anatomy: Anatomy, shape: Shape, signal: Field, tumour: Weight) -> Lesion:
    """Mark what the tumour covers, and all that it may have changed."""
    changed = (signal != anatomy.signal).astype(np.uint8)
    spread = np.ones((2 * POINT_SPREAD_RADIUS + 1,) * 2, np.uint8)
    return Lesion(signal, tumour > 0.5, cv2.dilate(changed, spread).astype(bool))

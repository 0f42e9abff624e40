"""Tumours that grow where they do in life: in the brain, on the dura, out of the sella."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from xaibrain.errors import InputError
from xaibrain.types import Mask
from xaibrain_phantom.anatomy import Anatomy
from xaibrain_phantom.growth import Growth, Shape, Weight, edge, pushed_aside
from xaibrain_phantom.imaging import POINT_SPREAD_RADIUS
from xaibrain_phantom.texture import Field, grain

RADIUS_MM = (6.0, 20.0)
"""Smallest and largest radius of a lesion: 4 to 13 % of the width of a head."""

Point: TypeAlias = NDArray[np.float64]
"""x, y in pixels."""


@dataclass(frozen=True, eq=False)
class Lesion:
    """A tumour in its place.

    Attributes:
        signal: (h, w) float32: the anatomy's signal with the tumour in it.
        tissue: (h, w) float32: the anatomy's signal, displaced by the tumour.
        kept: (h, w) float32: how much of the tissue still shows in `signal`, 0 to 1.
        mask: (h, w) True on the tumour itself, without oedema, dural tail and displaced tissue.
        reach: (h, w) True wherever the acquired picture may differ from the healthy one.
    """

    signal: Field
    tissue: Field
    kept: Field
    mask: Mask
    reach: Mask


class Grow(Protocol):
    """How lesions of one class grow."""

    def __call__(
        self,
        anatomy: Anatomy,
        rng: np.random.Generator,
        radius: float | None = None,
        place: Point | None = None,
    ) -> Lesion:
        """Grow one lesion.

        Args:
            anatomy: The slice without it.
            rng: Where it is drawn from.
            radius: Its mean radius in pixels; drawn if none.
            place: Its centre; if none, drawn where such a lesion arises.

        Raises:
            InputError: The slice has no room for it.
        """
        ...


def glioma(
    anatomy: Anatomy, rng: np.random.Generator, radius: float | None = None, place: Point | None = None
) -> Lesion:
    """Grow a high-grade glioma: an irregular enhancing ring, a necrotic core, oedema around it."""
    parenchyma = anatomy.landmarks.parenchyma
    radius = _radius(anatomy, rng) if radius is None else radius
    centre, radius = _in_parenchyma(anatomy, rng, radius) if place is None else (place, radius)
    lumps = partial(_lumps, rng, anatomy.signal.shape)
    shape = Shape.irregular(rng, centre, radius, parenchyma.shape, roughness=0.13)
    level = shape.level + 0.15 * lumps(0.8 * radius)
    inside = np.minimum(cv2.GaussianBlur(parenchyma, (5, 5), 1.0), parenchyma) / np.float32(255)
    growth = Growth(pushed_aside(anatomy, shape, rng.uniform(0.1, 0.35)))
    spread = rng.uniform(1.35, 1.9) + 0.25 * lumps(radius)
    oedema = anatomy.csf + (anatomy.grey - anatomy.csf) * rng.uniform(0.5, 0.75)
    growth.lay(edge(level - spread, radius / 3) * inside * shape.window(), oedema, 0.9)
    tumour = edge(level - 1, radius) * inside
    enhancement = rng.uniform(0.58, 0.85) * (1 + 0.13 * lumps(radius * 0.5))
    growth.lay(tumour, enhancement)
    wall = rng.uniform(0.2, 0.45) + 0.1 * lumps(radius * 0.8)
    wall = np.maximum(wall, 1.3 / radius)
    necrosis = anatomy.csf + rng.uniform(0.02, 0.14) + 0.03 * lumps(radius * 0.4)
    growth.lay(edge(level - (1 - wall), radius) * tumour, necrosis, rng.uniform(0.85, 1))
    return _finished(anatomy, growth, tumour)


def diffuse_glioma(
    anatomy: Anatomy, rng: np.random.Generator, radius: float | None = None, place: Point | None = None
) -> Lesion:
    """Grow a glioma without a ring: dark, ill-defined, swelling the brain; some enhance in patches."""
    parenchyma = anatomy.landmarks.parenchyma
    radius = 1.3 * _radius(anatomy, rng) if radius is None else radius
    centre, radius = _in_parenchyma(anatomy, rng, radius) if place is None else (place, radius)
    lumps = partial(_lumps, rng, anatomy.signal.shape)
    shape = Shape.irregular(
        rng, centre, radius, parenchyma.shape, roughness=0.15, stretch=rng.uniform(0.65, 1.2)
    )
    level = shape.level + 0.2 * lumps(0.7 * radius)
    inside = np.minimum(cv2.GaussianBlur(parenchyma, (5, 5), 1.0), parenchyma) / np.float32(255)
    growth = Growth(pushed_aside(anatomy, shape, rng.uniform(0.15, 0.4)))
    tumour = edge(level - 1, radius * rng.uniform(0.2, 0.6)) * inside * shape.window()
    dark = anatomy.csf + (anatomy.grey - anatomy.csf) * rng.uniform(0.2, 0.65)
    growth.lay(tumour, dark * (1 + 0.12 * lumps(radius * 0.4)), rng.uniform(0.8, 1))
    if rng.random() < 0.6:
        patches = np.clip(1.2 * lumps(radius * 0.6) - rng.uniform(-0.8, 0.8), 0, 1)
        growth.lay(patches * tumour, rng.uniform(0.5, 0.8) * (1 + 0.1 * lumps(radius * 0.3)))
    return _finished(anatomy, growth, tumour)


def meningioma(
    anatomy: Anatomy, rng: np.random.Generator, radius: float | None = None, place: Point | None = None
) -> Lesion:
    """Grow a meningioma: broad-based on dura, homogeneous and bright, a cleft around, a dural tail."""
    landmarks, lumps = anatomy.landmarks, partial(_lumps, rng, anatomy.signal.shape)
    radius = _radius(anatomy, rng) if radius is None else radius
    base, towards = _on_dura(anatomy, rng, radius) if place is None else _nearest_dura(anatomy, place)
    centre = base + towards * radius * rng.uniform(0.35, 0.75) if place is None else place
    shape = Shape.irregular(
        rng,
        centre,
        radius,
        landmarks.intracranial.shape,
        roughness=0.05,
        stretch=rng.uniform(0.8, 1.0),
        axis=towards,
    )
    intracranial = landmarks.intracranial.astype(np.float32) / 255
    allowed = intracranial * np.clip(shape.beyond(base, towards) + 1, 0, 1)
    growth = Growth(pushed_aside(anatomy, shape, rng.uniform(0.2, 0.45)))
    if rng.random() < 0.5:
        oedema = anatomy.csf + (anatomy.grey - anatomy.csf) * rng.uniform(0.5, 0.8)
        spread = rng.uniform(1.3, 1.7) + 0.2 * lumps(radius)
        weight = edge(shape.level - spread, radius / 3) * shape.window() * allowed
        growth.lay(weight * (landmarks.parenchyma / np.float32(255)), oedema, 0.85)
    growth.lay(edge(shape.level - 1 - 1.6 / radius, radius) * allowed, anatomy.csf, rng.uniform(0.3, 0.9))
    value = rng.uniform(0.58, 0.82)
    growth.lay(_tail(anatomy, rng, base, towards, radius) * shape.window(), value, rng.uniform(0.6, 1))
    tumour = edge(shape.level - 1, radius) * allowed
    growth.lay(tumour, value * (1 + 0.035 * lumps(radius * 0.5)))
    return _finished(anatomy, growth, tumour)


def pituitary(
    anatomy: Anatomy, rng: np.random.Generator, radius: float | None = None, place: Point | None = None
) -> Lesion:
    """Grow a pituitary adenoma: round, out of the sella and up, waisted where the diaphragm holds it."""
    landmarks, lumps, size = (
        anatomy.landmarks,
        partial(_lumps, rng, anatomy.signal.shape),
        anatomy.signal.shape,
    )
    # Smaller than this, it could not be told from a normal gland.
    radius = float(rng.uniform(6.5, 17) * anatomy.pixels_per_mm) if radius is None else radius
    up = np.array([0.0, 0.0 if anatomy.plane == "axial" else -1.0])
    centre = place
    if centre is None:
        centre = landmarks.sella + up * radius * rng.uniform(0.1, 0.45) + rng.normal(0, 1, 2)
    shape = Shape.irregular(rng, centre, radius, size, roughness=0.07, stretch=rng.uniform(0.85, 1.1))
    if up.any() and rng.random() < 0.4:
        head = Shape.irregular(
            rng, centre + up * radius * 0.85, radius * rng.uniform(0.6, 0.8), size, roughness=0.04
        )
        shape = shape.joined(head)
    growth = Growth(pushed_aside(anatomy, shape, rng.uniform(0.2, 0.4)))
    tumour = edge(shape.level - 1, radius)
    value = rng.uniform(0.55, 0.78)
    growth.lay(tumour, value * (1 + 0.06 * lumps(radius * 0.5)))
    if rng.random() < 0.3:
        cyst = rng.uniform(0.4, 0.65) + 0.1 * lumps(radius)
        growth.lay(edge(shape.level - cyst, radius) * tumour, value * rng.uniform(0.4, 0.8), 0.9)
    return _finished(anatomy, growth, tumour)


GROW: dict[str, Grow] = {
    "glioma_tumor": glioma,
    "meningioma_tumor": meningioma,
    "pituitary_tumor": pituitary,
}
"""Class name to how it grows; the class without a tumour has none."""

VARIETIES: dict[str, tuple[Grow, ...]] = {
    **{label: (grow,) for label, grow in GROW.items()},
    "glioma_tumor": (glioma, diffuse_glioma),
}
"""Class name to the ways in which a planted lesion may grow, each as likely."""


def _radius(anatomy: Anatomy, rng: np.random.Generator) -> float:
    """Draw a radius in pixels."""
    return float(rng.uniform(*RADIUS_MM) * anatomy.pixels_per_mm)


def _lumps(rng: np.random.Generator, size: tuple[int, int], radius: float) -> Field:
    """Return noise whose bumps are of about a radius."""
    return grain(rng, size, int(np.clip(size[1] / max(radius, 3), 6, 80)))


def _in_parenchyma(anatomy: Anatomy, rng: np.random.Generator, radius: float) -> tuple[Point, float]:
    """Choose a place with room for a tumour, away from the sella; return it and the radius that fits."""
    room = cv2.distanceTransform((anatomy.landmarks.parenchyma > 127).astype(np.uint8), cv2.DIST_L2, 3)
    rows, columns = np.indices(room.shape, np.float32)
    x, y = anatomy.landmarks.sella
    apart = np.hypot(columns - x, rows - y) > radius + 16 * anatomy.pixels_per_mm
    room *= apart
    if room.max() < 1:
        raise InputError("there is no brain that a glioma could grow in; give a slice that shows one.")
    roomy = np.flatnonzero(room >= min(0.75 * radius, 0.9 * float(room.max())))
    row, column = divmod(int(roomy[rng.integers(len(roomy))]), room.shape[1])
    return np.array([column, row], float), float(min(radius, room[row, column] / 0.7))


def _on_dura(anatomy: Anatomy, rng: np.random.Generator, radius: float) -> tuple[Point, Point]:
    """Choose a place on dura in front of which a tumour has room; return it and the way into the brain."""
    places = anatomy.landmarks.dura
    inside = (anatomy.landmarks.intracranial > 127).astype(np.uint8)
    room = cv2.distanceTransform(inside, cv2.DIST_L2, 3)
    height, width = inside.shape
    ahead = places[:, :2] + 0.8 * radius * places[:, 2:]
    columns, rows = np.clip(ahead, 0, (width - 1, height - 1)).astype(int).T
    roomy = places[room[rows, columns] > 0.6 * radius]
    chosen = roomy if len(roomy) else places
    x, y, *towards = chosen[rng.integers(len(chosen))]
    return np.array([x, y]), np.array(towards)


def _nearest_dura(anatomy: Anatomy, place: Point) -> tuple[Point, Point]:
    """Return the place on dura that is nearest, and the way from it into the brain."""
    places = anatomy.landmarks.dura
    x, y, *towards = places[np.argmin(np.hypot(*(places[:, :2] - place).T))]
    return np.array([x, y]), np.array(towards)


def _tail(
    anatomy: Anatomy,
    rng: np.random.Generator,
    base: Point,
    towards: Point,
    radius: float,
) -> Field:
    """Return the weight of the enhancing dura that runs out on both sides of the base."""
    places = anatomy.landmarks.dura
    tangent = np.array([-towards[1], towards[0]])
    aside = (places[:, :2] - base) @ tangent
    near = np.hypot(*(places[:, :2] - base).T) < radius * rng.uniform(1.5, 2.1)
    course = places[near & (places[:, 2:] @ towards > 0.5)][:, :2]
    course = course[np.argsort(aside[near & (places[:, 2:] @ towards > 0.5)])]
    drawn = np.zeros(anatomy.signal.shape, np.uint8)
    cv2.polylines(drawn, [np.round(course * 16).astype(np.int32)], False, 255, 2, cv2.LINE_AA, 4)
    return np.asarray(drawn / 255, np.float32)


def _finished(anatomy: Anatomy, growth: Growth, tumour: Weight) -> Lesion:
    """Mark what the tumour covers, and all that it may have changed."""
    changed = (growth.signal != anatomy.signal).astype(np.uint8)
    spread = np.ones((2 * POINT_SPREAD_RADIUS + 1,) * 2, np.uint8)
    reach = cv2.dilate(changed, spread).astype(bool)
    return Lesion(growth.signal, growth.tissue, growth.kept, np.asarray(tumour > 0.5), reach)

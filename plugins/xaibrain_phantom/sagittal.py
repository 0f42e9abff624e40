"""Midsagittal slices: callosum, brainstem, cerebellum, sella, and the face in profile, looking left."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from xaibrain_phantom import cortex, head
from xaibrain_phantom.canvas import Canvas
from xaibrain_phantom.cortex import Folding
from xaibrain_phantom.curves import Curve, closed, ellipse, inset, opened, ribbon, scaled

HEAD = closed(
    "-85,-25 -78,-56 -59,-81 -30,-96 5,-101 46,-92 78,-66 92,-28 91,8 82,36 72,58 68,88 72,150 -24,150 "
    "-28,116 -52,112 -66,103 -66,92 -73,84 -71,76 -77,68 -77,60 -95,54 -97,48 -86,26 -80,12 -85,-2"
)
CRANIUM = closed(
    "-79,-18 -74,-48 -57,-74 -28,-89 5,-94 44,-86 72,-61 85,-26 83,6 69,32 46,48 34,50 22,46 8,24 -4,13 "
    "-12,20 -20,17 -24,9 -48,1 -70,0"
)
CEREBRUM = closed(
    "-67,-14 -64,-45 -49,-65 -24,-79 6,-84 40,-76 63,-54 75,-24 72,-3 56,-5 38,-16 28,-20 10,-14 -4,-2 "
    "-14,-3 -30,0 -52,-5"
)
CALLOSUM = opened("-20,-17 -29,-17 -36,-26 -32,-37 -16,-45 4,-48 22,-44 34,-33 33,-26")
CALLOSUM_WIDTH = (2, 5, 10, 9, 6.5, 6, 6, 10, 9)
VENTRICLE = closed("-30,-28 -18,-39 4,-43 22,-38 29,-32 16,-32 0,-30 -12,-22 -22,-18")
FORNIX = opened("28,-31 16,-33 2,-31 -8,-24 -10,-16")
THALAMUS = ellipse(9, -22, 14, 8.5, -0.15)
THIRD = closed("-10,-18 -2,-14 8,-12 15,-10 4,-8 -6,0 -11,-4")
BRAINSTEM = closed(
    "6,-13 20,-16 28,-13 29,-4 25,6 25,22 28,38 31,60 34,150 25,150 22,60 18,40 11,30 3,22 2,12 8,5 8,-4"
)
AQUEDUCT = opened("15,-11 20,-6 24,4")
FOURTH = closed("24,4 26,12 37,18 28,28 27,38 24,26 23,14")
CEREBELLUM = closed("30,-9 44,-7 60,4 70,16 69,30 56,41 42,43 33,40 30,29 38,18 29,9")
FASTIGIUM = (37.0, 18.0)
TENTORIUM = opened("32,-20 44,-13 60,-4 78,8")
CINGULATE = opened("-26,-10 -46,-20 -49,-35 -36,-53 -12,-61 10,-63 30,-62 38,-72")
PARIETO_OCCIPITAL = opened("40,-28 50,-40 56,-62")
CALCARINE = opened("40,-26 54,-22 74,-14")
SPHENOID = closed("-42,8 -24,12 -20,22 -12,27 -18,38 -34,40 -44,30")
CLIVUS = closed("-8,22 -3,16 6,26 21,48 16,53 4,46 -8,34")
NASAL = closed("-78,28 -66,12 -46,8 -46,34 -30,44 -32,56 -60,58 -84,56")
AIRWAY = opened("-30,44 -20,52 -15,70 -14,95 -18,150")
TONGUE = closed("-66,80 -58,70 -40,68 -26,76 -22,98 -32,112 -52,106 -64,94")
NECK = closed("58,44 66,60 62,90 64,150 40,150 42,60 46,50")

CORTEX = Folding(spacing=11, shallow=8, deep=26, width=2.0)
GYRAL = Folding(spacing=16, shallow=4, deep=12, width=1.3)
FOLIA = Folding(spacing=3.6, shallow=4, deep=10, width=0.9, wander=0.25)


def draw(canvas: Canvas) -> head.Landmarks:
    """Draw a midsagittal slice."""
    contrast, rng = canvas.contrast, canvas.rng
    head.soft_tissue(canvas, HEAD)
    _face(canvas)
    head.weathered(canvas, 1.3)
    inner = head.skull(canvas, CRANIUM, rng.uniform(5.5, 7.5))
    canvas.stroke(opened("24,44 28,60 29,150"), 15, contrast.csf)
    _skull_base(canvas)
    outline = scaled(CEREBRUM, rng.uniform(1.0, 1.03))
    wide = rng.uniform(0.7, 1.4)
    cerebrum, cerebellum = canvas.coverage(outline), canvas.coverage(CEREBELLUM)
    courses = _courses(canvas, outline)
    folded = cerebrum.copy()
    cortex.carve(canvas, folded, courses, CORTEX.width)
    for groove in (CINGULATE, PARIETO_OCCIPITAL, CALCARINE):
        canvas.mark(folded, ribbon(groove, (0.8, 2.2, 1.6), wide), 0)
    cortex.paint(canvas, np.maximum(folded, cerebellum), cerebellum, rng.uniform(2.6, 3.6))
    cortex.veins(canvas, courses, 0.25)
    deep = _deep(canvas, wide)
    _cerebellum(canvas)
    _vessels(canvas, inner)
    places = head.dural_places(
        canvas.placement,
        head.convexity(inner, (inner[:, 1] < -10) | (inner[:, 0] > 40)),
        head.both_sides(TENTORIUM[6:]),
    )
    parenchyma = np.maximum(np.minimum(cerebrum, 255 - deep), cerebellum)
    sella = canvas.placement(np.array([-13.0, 13.0]))
    return head.Landmarks(parenchyma, canvas.coverage(inner), places, sella)


def _courses(canvas: Canvas, outline: Curve) -> Curve:
    """Return the sulci of the medial surface; the base is smooth."""
    courses = cortex.closed_sulci(canvas.rng, outline, CORTEX)
    mouths = courses[:, 0]
    rim = courses[(mouths[:, 1] < -22) | (mouths[:, 0] < -45) | (mouths[:, 0] > 60)]
    return np.concatenate([rim, cortex.medial_sulci(canvas.rng, CINGULATE, GYRAL)])


def _deep(canvas: Canvas, wide: float) -> NDArray[np.uint8]:
    """Lay callosum, ventricles, thalamus and brainstem; return the coverage of what is no hemisphere."""
    contrast, rng = canvas.contrast, canvas.rng
    septum = contrast.csf + (contrast.grey - contrast.csf) * rng.uniform(0, 0.7)
    callosum = ribbon(CALLOSUM, CALLOSUM_WIDTH, rng.uniform(0.8, 1.1))
    canvas.fill(inset(VENTRICLE, -1.5), contrast.csf)
    canvas.fill(scaled(VENTRICLE, 1.02), septum)
    canvas.fill(callosum, contrast.white * 1.05)
    canvas.fill(scaled(THIRD, wide), contrast.csf)
    canvas.fill(THALAMUS, contrast.grey)
    canvas.stroke(FORNIX, (2, 3, 2.5), contrast.white)
    canvas.fill(BRAINSTEM, contrast.white * 0.97)
    canvas.fill(ellipse(8, 14, 5.5, 9, -0.2), contrast.grey, 0.5)
    canvas.stroke(AQUEDUCT, rng.uniform(1, 2), contrast.csf)
    canvas.fill(scaled(FOURTH, rng.uniform(0.85, 1.15)), contrast.csf)
    canvas.fill(ellipse(32, -17, 3, 2.2), contrast.vessel, rng.uniform(0.2, 0.8))
    return canvas.coverage(VENTRICLE, callosum, THIRD, THALAMUS, BRAINSTEM)


def _cerebellum(canvas: Canvas) -> None:
    """Lay the tree of white matter, and the folia that point at the fastigium."""
    contrast, rng = canvas.contrast, canvas.rng
    root = np.array(FASTIGIUM)
    for tip in CEREBELLUM[rng.integers(0, 5) : 64 : 9]:
        middle, end = root + (tip - root) * 0.5 + rng.normal(0, 1.5, 2), root + (tip - root) * 0.85
        branch = opened([tuple(root + 3), tuple(middle), tuple(end)])
        canvas.stroke(branch, (4, 2, 0.7), contrast.white * 1.05, 0.9)
    rim = CEREBELLUM[:72]
    towards = root - rim
    courses = cortex.sulci(rng, rim, towards / np.linalg.norm(towards, axis=1, keepdims=True), FOLIA)
    width = rng.uniform(0.2, 0.8, (len(courses), 1)) * np.linspace(1, 0.3, courses.shape[1])
    canvas.stroke(courses, width, contrast.csf, rng.uniform(0.3, 0.65))


def _vessels(canvas: Canvas, inner: Curve) -> None:
    """Lay the tentorium, the straight and sagittal sinuses, the deep veins and the basilar artery."""
    contrast, rng = canvas.contrast, canvas.rng
    head.falx(canvas, TENTORIUM)
    head.sinus(canvas, TENTORIUM[2:], (2, 2, 3))
    top = inner[rng.integers(30, 40) : 66]
    head.sinus(canvas, top, (0.6, 2, 2.5, 5))
    canvas.fill(
        ribbon(opened("-2,-24 16,-26 30,-22 34,-19"), 1.4),
        contrast.vessel,
        rng.uniform(0.2, 0.9),
    )
    canvas.stroke(opened("12,34 2,24 -1,12 4,2"), 1.8, contrast.vessel, rng.uniform(0.1, 0.8))
    canvas.fill(
        ribbon(opened("-18,2 -30,-8 -42,-22 -40,-36"), 1.1),
        contrast.vessel,
        rng.uniform(0.1, 0.7),
    )


def _skull_base(canvas: Canvas) -> None:
    """Lay clivus, sphenoid sinus, sella with gland and stalk, and the optic chiasm."""
    contrast, rng = canvas.contrast, canvas.rng
    canvas.fill(inset(CLIVUS, -1.5), contrast.bone)
    canvas.fill(CLIVUS, contrast.marrow)
    head.air_cells(canvas, scaled(SPHENOID, rng.uniform(0.75, 1.05)), 1)
    canvas.fill(closed("-22,10 -19,18 -12,20 -5,15 -7,9 -14,8"), contrast.dura)
    canvas.fill(ellipse(-13, 14, rng.uniform(4.5, 6.5), rng.uniform(2.6, 4), 0.1), contrast.gland)
    canvas.stroke(opened("-8,0 -10,6 -12,12"), 1.8, contrast.gland, 0.8)
    canvas.stroke(opened("-20,4 -12,1 -6,-2"), 2.8, contrast.white)


def _face(canvas: Canvas) -> None:
    """Lay nose, palate, tongue, airway, the cervical spine and the muscles of the neck."""
    contrast, rng = canvas.contrast, canvas.rng
    canvas.fill(NASAL, contrast.mucosa)
    for y in (22, 35, 48):
        meatus = opened([(-76, y + 4), (-58, y - 2), (-40, y + 2)])
        canvas.stroke(meatus, (1, rng.uniform(2, 5), 2), 0.03)
    canvas.stroke(opened("-76,62 -56,60 -32,60"), 3.5, contrast.bone)
    canvas.stroke(opened("-32,60 -22,66 -20,76"), (4, 6, 3), contrast.mucosa * 0.8)
    head.muscle(canvas, TONGUE, NECK, closed("-56,108 -28,112 -24,150 -36,150"))
    canvas.stroke(opened("-68,76 -56,67 -38,65 -26,72"), rng.uniform(0.8, 2.5), 0.03)
    canvas.stroke(opened("-66,66 -67,74"), 5, contrast.bone)
    canvas.stroke(opened("-64,84 -62,96"), 5, contrast.bone)
    canvas.fill(ellipse(-60, 101, 4, 5), contrast.marrow)
    canvas.stroke(AIRWAY, (6, 13, 10, 12, 15), contrast.mucosa)
    canvas.stroke(AIRWAY, (3, 10, 7, 9, 12), 0.02)
    _spine(canvas)


def _spine(canvas: Canvas) -> None:
    contrast = canvas.contrast
    head.muscle(canvas, closed("-6,48 0,60 0,150 -8,150 -9,80"))
    canvas.fill(ellipse(3, 59, 4, 4), contrast.bone)
    canvas.fill(ellipse(3, 59, 2.6, 2.8), contrast.marrow)
    canvas.fill(closed("9,56 14,58 16,76 16,90 3,90 4,78 9,72"), contrast.bone)
    canvas.fill(closed("10,58 13,60 15,76 15,88 4,88 5,79 10,74"), contrast.marrow)
    for y in (100, 116, 132):
        block = closed([(3, y - 6), (15, y - 7), (17, y), (16, y + 6), (4, y + 7), (4, y)])
        canvas.fill(block, contrast.bone)
        canvas.fill(inset(block, 1), contrast.marrow)
        canvas.fill(ellipse(48, y - 4, 9, 3, 0.3), contrast.bone)
        canvas.fill(ellipse(48, y - 4, 7.5, 1.8, 0.3), contrast.marrow)

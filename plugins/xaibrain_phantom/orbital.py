"""Axial slices through the orbits: eyes, temporal poles, sella, petrous bones, posterior fossa."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from xaibrain_phantom import cortex, head
from xaibrain_phantom.canvas import MATRIX, Canvas
from xaibrain_phantom.cortex import Folding
from xaibrain_phantom.curves import SIDES, closed, ellipse, inset, mirrored, opened, scaled, symmetric
from xaibrain_phantom.texture import grain

TEMPORALIS = closed("57,-55 66,-42 71,-20 72,-4 67,-12 61,-34")
SCALP = symmetric("0,-108 9,-104 14,-93 32,-92 50,-83 60,-62 69,-38 75,0 77,30 68,61 49,85 24,97 0,99")
CRANIUM = symmetric("0,-12 7,-19 13,-36 28,-53 46,-56 59,-42 67,-8 70,26 63,56 46,78 23,89 0,92")
TEMPORAL_LOBE = closed("18,-27 28,-43 42,-46 52,-32 58,-8 56,6 40,3 24,-7 17,-16")
PETROUS = closed("66,14 58,5 38,0 19,-4 15,2 28,10 44,20 58,27 68,28")
CEREBELLUM = symmetric("0,27 12,22 30,19 47,28 55,44 47,64 28,78 9,80 0,76")
PONS = symmetric("0,-3 8,-4 15,3 17,12 13,21 6,23 0,22")
ETHMOID = symmetric("0,-88 9,-86 11,-70 12,-48 6,-40 0,-40")
SPHENOID = symmetric("0,-40 12,-38 14,-30 0,-27")
ORBIT = closed("31,-92 45,-80 46,-66 30,-48 16,-40 15,-58 18,-80")

CORTEX = Folding(spacing=9.5, shallow=6, deep=25, width=2.0)


def draw(canvas: Canvas) -> head.Landmarks:
    """Draw an axial slice at the level of the orbits and the fourth ventricle."""
    rng = canvas.rng
    head.soft_tissue(canvas, SCALP)
    for side in SIDES:
        canvas.fill(side(ellipse(79, 14, 4, rng.uniform(8, 13), -0.15)), canvas.contrast.skin)
    head.muscle(canvas, TEMPORALIS, mirrored(TEMPORALIS))
    _face(canvas)
    head.weathered(canvas, 0.9)
    inner = head.skull(canvas, CRANIUM, rng.uniform(5.5, 7))
    parenchyma = _brain(canvas)
    _brainstem(canvas)
    _skull_base(canvas)
    fossae = ((np.abs(inner[:, 0]) > 34) & (inner[:, 1] < -2)) | (inner[:, 1] > 34)
    places = head.dural_places(canvas.placement, head.convexity(inner, fossae))
    intracranial = canvas.coverage(inner)
    for side in SIDES:
        canvas.mark(intracranial, side(PETROUS), 0)
    sella = canvas.placement(np.array([0.0, -22.0]))
    return head.Landmarks(parenchyma, intracranial, places, sella)


def _brain(canvas: Canvas) -> NDArray[np.uint8]:
    """Lay temporal lobes and cerebellum; return their coverage."""
    rng = canvas.rng
    temporal = [side(TEMPORAL_LOBE) for side in SIDES]
    brain = canvas.coverage(*temporal, CEREBELLUM)
    courses = np.concatenate([cortex.closed_sulci(rng, lobe, CORTEX) for lobe in temporal])
    folded = brain.copy()
    cortex.carve(canvas, folded, courses, CORTEX.width)
    cortex.paint(canvas, folded, canvas.coverage(), rng.uniform(2.4, 3.2))
    cortex.veins(canvas, courses, 0.25)
    cortex.folia(canvas, CEREBELLUM, 30)
    return brain


def _brainstem(canvas: Canvas) -> None:
    """Lay the pons with its peduncles, the fourth ventricle and the temporal horns."""
    contrast, rng = canvas.contrast, canvas.rng
    canvas.fill(PONS, (contrast.grey + contrast.white) / 2)
    for side in SIDES:
        canvas.stroke(side(opened("11,14 18,20 27,27")), 9, contrast.white, 0.9)
        canvas.fill(side(ellipse(31, -8, 2.2, 6, 0.4)), contrast.csf, 0.7)
    canvas.fill(scaled(ellipse(0, 26, 6.5, 3.2), rng.uniform(0.8, 1.4)), contrast.csf)


def _face(canvas: Canvas) -> None:
    """Lay the orbits with their eyes, and the airy bones between them."""
    contrast, rng = canvas.contrast, canvas.rng
    head.air_cells(canvas, ETHMOID, 18)
    for side in SIDES:
        x = rng.uniform(30, 33)
        canvas.fill(inset(side(ORBIT), -1.5), contrast.bone)
        canvas.fill(side(ORBIT), contrast.fat)
        for rectus in ("20,-80 19,-62 16,-46", "43,-76 36,-58 20,-46"):
            canvas.stroke(side(opened(rectus)), (1.5, 4.5, 2), contrast.mucosa * 0.75)
        canvas.stroke(side(opened("31,-68 27,-58 17,-42")), 3.6, contrast.white)
        canvas.fill(side(ellipse(x, -79, 12.5, 13)), contrast.mucosa)
        canvas.fill(side(ellipse(x, -79, 11.3, 11.8)), contrast.csf * 1.4)
        canvas.fill(side(ellipse(x, -88, 4.6, 2.2)), contrast.muscle)


def _skull_base(canvas: Canvas) -> None:
    """Lay the petrous bones, the sphenoid sinus, the sella and the vessels beside it."""
    contrast, rng = canvas.contrast, canvas.rng
    marrow = np.clip(grain(rng, MATRIX, 22, 0.6) - 0.5, 0, 1) * contrast.marrow
    petrous = np.asarray(contrast.bone + 0.6 * marrow, np.float32)
    for side in SIDES:
        canvas.fill(side(PETROUS), petrous)
        canvas.stroke(side(opened("16,-27 13,-20 15,-12")), 7, contrast.vessel, 0.7)
    canvas.fill(symmetric("0,-30 9,-29 9,-15 8,-9 0,-9"), contrast.bone + 0.08)
    canvas.fill(ellipse(0, -13, 8, 3), contrast.marrow)
    canvas.fill(ellipse(0, -22, rng.uniform(4, 6), rng.uniform(2, 3.2)), contrast.gland)
    head.air_cells(canvas, scaled(SPHENOID, rng.uniform(0.7, 1.1)), 1)
    for x in (-13, 13):
        head.vessel(canvas, x, -21, rng.uniform(2, 2.8))
    head.vessel(canvas, 0, -6.5, rng.uniform(1.4, 2.2))
    sigmoid = opened("62,38 57,52 46,68")
    head.sinus(canvas, sigmoid if rng.random() < 0.6 else mirrored(sigmoid), (2, rng.uniform(2, 5), 2))
    head.sinus(canvas, opened("0,90 0,84 0,80"), (7, 2))

"""Axial slices at the suprasellar cistern: frontal and temporal lobes, midbrain, vermis."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from xaibrain_phantom import cortex, head
from xaibrain_phantom.canvas import Canvas
from xaibrain_phantom.cortex import Folding
from xaibrain_phantom.curves import SIDES, Curve, closed, ellipse, mirrored, opened, ribbon, scaled, symmetric

SCALP = symmetric("0,-98 28,-93 50,-75 66,-46 74,-8 76,28 69,60 50,84 25,96 0,99")
CRANIUM = symmetric("0,-91 26,-86 46,-68 59,-42 68,-6 70,26 63,56 46,78 23,89 0,92")
TEMPORALIS = closed("57,-55 66,-42 71,-20 72,-4 67,-12 61,-34")
BRAIN = symmetric("0,-80 20,-78 38,-62 50,-38 58,-6 60,24 55,50 40,70 20,80 0,81")
CISTERN = symmetric("0,-30 4,-25 17,-27 13,-17 12,-5 17,3 8,1 0,5")
MIDBRAIN = symmetric("0,5 5,0 12,0 17,8 17,18 11,25 7,31 0,30")
VERMIS = symmetric("0,36 9,37 19,46 25,58 18,70 7,76 0,74")
TENTORIUM = opened("19,22 19,38 27,55 22,70 6,80 0,84")
SYLVIAN = opened("16,-26 27,-29 38,-24 48,-27 60,-26")
INSULA = opened("40,-25 41,-14 37,-3 40,8")
TEMPORAL_HORN = opened("29,-6 32,1 31,11 27,20")
FRONTAL_FISSURE = opened("0,-88 0.5,-66 -0.5,-48 0,-24")
OCCIPITAL_FISSURE = opened("0,92 0,82 0,72")

FRONTAL_SINUS = ellipse(0, -87, 16, 3.2)

CORTEX = Folding(spacing=9.5, shallow=6, deep=25, width=2.0)
MEDIAL = Folding(spacing=13, shallow=4, deep=12, width=1.4)


def draw(canvas: Canvas) -> head.Landmarks:
    """Draw an axial slice at the level of the suprasellar cistern."""
    _contrast, rng = canvas.contrast, canvas.rng
    head.soft_tissue(canvas, SCALP)
    head.muscle(canvas, TEMPORALIS, mirrored(TEMPORALIS))
    head.weathered(canvas, 0.9)
    inner = head.skull(canvas, CRANIUM, rng.uniform(6, 8))
    if rng.random() < 0.5:
        head.air_cells(canvas, scaled(FRONTAL_SINUS, rng.uniform(0.6, 1.2)), 9)
    parenchyma = _brain(canvas)
    _midbrain(canvas)
    _vessels(canvas)
    places = head.dural_places(
        canvas.placement,
        head.convexity(inner, np.ones(len(inner), bool)),
        head.both_sides(FRONTAL_FISSURE[4:16]),
        head.both_sides(TENTORIUM[10:32]),
        head.both_sides(mirrored(TENTORIUM[10:32])),
    )
    sella = canvas.placement(np.array([0.0, -15.0]))
    return head.Landmarks(parenchyma, canvas.coverage(inner), places, sella)


def _brain(canvas: Canvas) -> NDArray[np.uint8]:
    """Lay the hemispheres and the vermis between the leaves of the tentorium; return their coverage."""
    rng = canvas.rng
    outline = scaled(BRAIN, rng.uniform(0.99, 1.035))
    brain, vermis = canvas.coverage(outline), canvas.coverage(VERMIS)
    cistern, wide = scaled(CISTERN, rng.uniform(0.85, 1.2)), rng.uniform(0.7, 1.5)
    _part(canvas, brain, cistern, wide)
    courses = np.concatenate(
        [cortex.closed_sulci(rng, outline, CORTEX), cortex.medial_sulci(rng, FRONTAL_FISSURE[8:], MEDIAL)]
    )
    folded = brain.copy()
    cortex.carve(canvas, folded, courses, CORTEX.width)
    cortex.paint(canvas, np.maximum(folded, vermis), vermis, rng.uniform(2.4, 3.2))
    cortex.folia(canvas, VERMIS, 14)
    cortex.veins(canvas, courses, 0.25)
    for side in SIDES:
        canvas.fill(ribbon(side(TEMPORAL_HORN), (1, 4, 1), wide), canvas.contrast.csf)
        head.falx(canvas, side(TENTORIUM))
    return np.maximum(brain, vermis)


def _part(canvas: Canvas, brain: NDArray[np.uint8], cistern: Curve, wide: float) -> None:
    """Take fissures and cisterns out of a coverage of brain."""
    for gap in (
        cistern,
        scaled(MIDBRAIN, 1.16),
        ribbon(FRONTAL_FISSURE, (3.5, 1.8, 2.2), wide),
        ribbon(OCCIPITAL_FISSURE, 2.6),
    ):
        canvas.mark(brain, gap, 0)
    for side in SIDES:
        canvas.mark(brain, ribbon(side(SYLVIAN), (4, 2, 2.6, 4), wide), 0)
        canvas.mark(brain, ribbon(side(INSULA), (1, 2, 0.8), wide), 0)
        canvas.mark(brain, ribbon(side(TENTORIUM), 2.2), 0)


def _vessels(canvas: Canvas) -> None:
    """Lay falx and sinuses, the chiasm and the stalk, the arteries of the base."""
    contrast, rng = canvas.contrast, canvas.rng
    head.falx(canvas, FRONTAL_FISSURE[:18])
    head.sinus(canvas, OCCIPITAL_FISSURE[:9], (6, 3))
    head.sinus(canvas, opened("0,-90 0,-86 0,-82"), (4, 3, 1))
    canvas.fill(
        ellipse(0, -15, rng.uniform(2, 4.5), rng.uniform(2, 3.5)), contrast.gland, rng.uniform(0.3, 0.9)
    )
    canvas.stroke(opened("-9,-19 0,-21.5 9,-19"), 2.5, contrast.white, 0.8)
    for x in (-9, 9):
        head.vessel(canvas, x, -15, rng.uniform(1.8, 2.6))
    for side in SIDES:
        cerebral = side(SYLVIAN[rng.integers(0, 8) : rng.integers(14, 28)])
        canvas.stroke(cerebral, rng.uniform(0.5, 1.2), contrast.vessel, rng.uniform(0.1, 0.7))
    head.vessel(canvas, 0, 1, 1.6)


def _midbrain(canvas: Canvas) -> None:
    contrast = canvas.contrast
    tissue = (contrast.grey + contrast.white) / 2
    canvas.fill(MIDBRAIN, tissue)
    for side in (-1, 1):
        canvas.fill(ellipse(side * 9, 8, 6, 3, side * -0.6), contrast.white, 0.8)
        canvas.fill(ellipse(side * 5, 13, 3, 3), contrast.grey, 0.7)
        canvas.fill(ellipse(side * 5, 27, 3.5, 3), contrast.grey, 0.6)
    canvas.fill(ellipse(0, 21, 1.6, 1.8), contrast.csf)

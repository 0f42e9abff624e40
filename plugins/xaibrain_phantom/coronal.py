"""Coronal slices through the sella: frontal horns, insulae, temporal lobes, the deep face below."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from xaibrain_phantom import cortex, head
from xaibrain_phantom.canvas import Canvas
from xaibrain_phantom.cortex import Folding
from xaibrain_phantom.curves import (
    SIDES,
    Curve,
    closed,
    ellipse,
    inset,
    mirrored,
    opened,
    ribbon,
    scaled,
    symmetric,
)

SCALP = symmetric("0,-101 28,-96 53,-77 68,-45 73,-10 73,20 71,48 67,78 61,104 57,126 58,160 0,164")
CRANIUM = symmetric("0,-94 27,-89 49,-70 63,-42 68,-8 65,16 54,35 38,40 26,34 19,20 8,18 0,18")
BRAIN = symmetric("0,-84 20,-82 40,-66 53,-41 58,-10 56,12 47,27 36,31 28,25 23,10 10,3 0,2")
FISSURE = opened("0,-90 0.6,-72 -0.5,-52 0,-33")
CALLOSUM = symmetric("0,-34 9,-33 20,-31 24,-26 15,-27 6,-28 0,-28")
VENTRICLE = closed("1.8,-26 8,-28 18,-29 19,-24 15,-17 9,-12 4,-12 2,-17")
THIRD = ellipse(0, -5, 1.7, 6.5)
SYLVIAN = opened("64,-2 54,-4 45,-6 38,-5")
INSULA = opened("34,-19 37,-12 38,-5 36,3 32,7")
CISTERN = symmetric("0,0 7,2 16,2 24,6 20,12 14,16 0,15")
TEMPORAL_HORN = opened("27,14 31,12 35,14")
CAUDATE = closed("16,-19 20,-24 22,-20 18,-12 13,-11")
PUTAMEN = closed("27,-17 31,-10 31,-2 26,2 19,0 22,-8")
THALAMUS = closed("3,-10 9,-12 13,-7 11,-1 4,1")

PTERYGOID = closed("16,50 28,40 36,50 36,70 26,80 18,68")
MASSETER = closed("54,44 61,50 61,70 55,90 47,92 48,62")
TEMPORALIS = closed("66,-30 70,-12 69,14 62,36 55,42 58,28 66,8 67,-10")
MANDIBLE = closed("40,52 46,48 46,74 43,96 36,104 34,98 38,78")
TONGUE = symmetric("0,78 16,80 26,90 24,108 10,118 0,118")
SPHENOID = closed("1,25 10,25 14,32 12,42 2,44")
NASOPHARYNX = symmetric("0,52 8,53 12,60 8,66 0,67")

CORTEX = Folding(spacing=9.5, shallow=7, deep=24, width=2.1)
MEDIAL = Folding(spacing=12, shallow=4, deep=14, width=1.5)


def draw(canvas: Canvas) -> head.Landmarks:
    """Draw a coronal slice at the level of the sella."""
    contrast, rng = canvas.contrast, canvas.rng
    head.soft_tissue(canvas, SCALP)
    _face(canvas)
    head.muscle(canvas, TEMPORALIS, mirrored(TEMPORALIS))
    head.weathered(canvas, 1.2)
    inner = head.skull(canvas, CRANIUM, rng.uniform(5.5, 7.5))
    outline = scaled(BRAIN, rng.uniform(1.0, 1.04))
    wide = rng.uniform(0.7, 1.5)
    ventricles = [side(scaled(VENTRICLE, wide**0.7)) for side in SIDES]
    parenchyma = _parenchyma(canvas, outline, wide)
    folded = parenchyma.copy()
    courses = np.concatenate([_outer(canvas, outline), cortex.medial_sulci(rng, FISSURE[5:], MEDIAL)])
    cortex.carve(canvas, folded, courses, CORTEX.width)
    nuclei = canvas.coverage(*(side(part) for part in (CAUDATE, PUTAMEN, THALAMUS) for side in SIDES))
    cortex.paint(canvas, folded, nuclei, rng.uniform(2.4, 3.2))
    canvas.fill(CALLOSUM, contrast.white * 1.06)
    for ventricle in (*ventricles, scaled(THIRD, wide)):
        canvas.fill(ventricle, contrast.csf)
        canvas.mark(parenchyma, ventricle, 0)
    cortex.veins(canvas, courses, 0.25)
    _plexus(canvas)
    _sella(canvas)
    head.falx(canvas, FISSURE[:22])
    head.sinus(canvas, opened("0,-92 0,-88 0,-82"), (9, 5, 1.5))
    places = head.dural_places(
        canvas.placement,
        head.convexity(inner, (np.abs(inner[:, 0]) > 40) | (inner[:, 1] < -20)),
        head.both_sides(FISSURE[5:20]),
    )
    sella = canvas.placement(np.array([0.0, 15.0]))
    return head.Landmarks(parenchyma, canvas.coverage(inner), places, sella)


def _parenchyma(canvas: Canvas, outline: Curve, wide: float) -> NDArray[np.uint8]:
    """Return the brain without its fissures and cisterns."""
    brain = canvas.coverage(outline)
    for gap in (
        CISTERN,
        ribbon(FISSURE, (4, 2, 1.6, 2.4), wide),
        *(ribbon(side(SYLVIAN), (5, 2.2, 2.6), wide) for side in SIDES),
        *(ribbon(side(INSULA), (0.8, 2.4, 1.2), wide) for side in SIDES),
    ):
        canvas.mark(brain, gap, 0)
    return brain


def _outer(canvas: Canvas, outline: Curve) -> Curve:
    """Return the sulci of the convexity and the temporal lobes; the base next to the cistern is smooth."""
    courses = cortex.closed_sulci(canvas.rng, outline, CORTEX)
    mouths = courses[:, 0]
    return courses[~((np.abs(mouths[:, 0]) < 27) & (mouths[:, 1] > -10))]


def _plexus(canvas: Canvas) -> None:
    contrast, rng = canvas.contrast, canvas.rng
    for side in SIDES:
        x, y = rng.uniform(4, 10), rng.uniform(-17, -14)
        canvas.fill(side(ellipse(x, y, rng.uniform(1, 2.5), 1.2)), contrast.vessel, rng.uniform(0.2, 0.8))
        canvas.stroke(side(TEMPORAL_HORN), (1, 2.6, 1), contrast.csf)
        canvas.stroke(side(INSULA[8:24]), rng.uniform(0.6, 1.3), contrast.vessel, rng.uniform(0.2, 0.8))


def _sella(canvas: Canvas) -> None:
    """Lay chiasm, stalk, gland, cavernous sinuses with their carotids, and the air below."""
    contrast, rng = canvas.contrast, canvas.rng
    for side in SIDES:
        head.air_cells(canvas, side(SPHENOID * (rng.uniform(0.7, 1.5), rng.uniform(0.85, 1.1))), 1)
    for x in (-15, 15):
        canvas.fill(ellipse(x, 16, 5.5, 6.5), contrast.vessel, rng.uniform(0.55, 0.8))
        canvas.fill(ellipse(x * 0.9, 18, 2.3, 2.3), contrast.csf * 0.5, 0.9)
        canvas.fill(ellipse(x * 0.8, 8.5, 1.9, 1.9), contrast.csf * 0.5, 0.8)
    canvas.fill(ellipse(0, 16.5, rng.uniform(7, 9.5), rng.uniform(2.6, 4)), contrast.gland)
    canvas.stroke(opened("0,5 0.4,10 0,14"), 1.8, contrast.gland, 0.8)
    canvas.fill(ellipse(0, 5, 7, 1.6), contrast.white)


def _face(canvas: Canvas) -> None:
    """Lay muscles of mastication, jaw, tongue, airway and the marrow of the skull base."""
    contrast, rng = canvas.contrast, canvas.rng
    canvas.fill(symmetric("0,20 30,36 34,52 14,56 0,54"), contrast.marrow)
    neck = symmetric("0,118 24,118 24,160 0,160")
    head.muscle(canvas, *(side(part) for part in (PTERYGOID, MASSETER) for side in SIDES), TONGUE, neck)
    for side in SIDES:
        canvas.fill(side(MANDIBLE), contrast.bone)
        canvas.fill(inset(side(MANDIBLE), 2), contrast.marrow)
        canvas.fill(side(ellipse(51, 92, 6, 15, 0.1)), contrast.muscle * 1.3, 0.8)
        canvas.fill(side(ellipse(30, 96, 4, 6)), contrast.vessel, 0.5)
        canvas.stroke(side(opened("13,44 18,56 17,70")), 1.4, contrast.bone)
        canvas.fill(side(ellipse(33, 114, 8, 7)), contrast.mucosa * 0.8)
        canvas.fill(side(ellipse(29, 82, 3, 4.5)), contrast.fat)
    canvas.fill(inset(NASOPHARYNX, -4), contrast.mucosa)
    canvas.fill(scaled(NASOPHARYNX, rng.uniform(0.5, 1.1)), 0.02)
    canvas.stroke(opened("0,80 0.5,96 0,116"), 1.6, contrast.fat, 0.5)
    canvas.stroke(opened("-14,70 0,69 14,70"), 5, contrast.mucosa, 0.8)
    canvas.stroke(opened("-22,78 0,74 22,78"), rng.uniform(1, 4), 0.03)

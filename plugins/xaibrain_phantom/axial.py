"""Axial slices: the eyes and the posterior fossa low, the suprasellar cistern and the midbrain higher."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from xaibrain_phantom import cortex
from xaibrain_phantom.canvas import MATRIX, Canvas
from xaibrain_phantom.cortex import Folding
from xaibrain_phantom.curves import (
    Curve,
    closed,
    ellipse,
    inset,
    mirrored,
    opened,
    ribbon,
    scaled,
    symmetric,
    taper,
)
from xaibrain_phantom.head import (
    Landmarks,
    air_cells,
    both_sides,
    convexity,
    dural_places,
    falx,
    muscle,
    sinus,
    skull,
    soft_tissue,
    vessel,
    weathered,
)
from xaibrain_phantom.texture import grain

SCALP = symmetric(
    [(0, -98), (28, -93), (50, -75), (66, -46), (74, -8), (76, 28), (69, 60), (50, 84), (25, 96), (0, 99)]
)
CRANIUM = symmetric(
    [(0, -91), (26, -86), (46, -68), (59, -42), (68, -6), (70, 26), (63, 56), (46, 78), (23, 89), (0, 92)]
)
TEMPORALIS = closed([(57, -55), (66, -42), (71, -20), (72, -4), (67, -12), (61, -34)])
BRAIN = symmetric(
    [(0, -80), (20, -78), (38, -62), (50, -38), (58, -6), (60, 24), (55, 50), (40, 70), (20, 80), (0, 81)]
)
CISTERN = symmetric([(0, -30), (4, -25), (17, -27), (13, -17), (12, -5), (17, 3), (8, 1), (0, 5)])
MIDBRAIN = symmetric([(0, 5), (5, 0), (12, 0), (17, 8), (17, 18), (11, 25), (7, 31), (0, 30)])
VERMIS = symmetric([(0, 36), (9, 37), (19, 46), (25, 58), (18, 70), (7, 76), (0, 74)])
TENTORIUM = opened([(19, 22), (19, 38), (27, 55), (22, 70), (6, 80), (0, 84)])
SYLVIAN = opened([(16, -26), (27, -29), (38, -24), (48, -27), (60, -26)])
INSULA = opened([(40, -25), (41, -14), (37, -3), (40, 8)])
TEMPORAL_HORN = opened([(29, -6), (32, 1), (31, 11), (27, 20)])
FRONTAL_FISSURE = opened([(0, -88), (0.5, -66), (-0.5, -48), (0, -24)])
OCCIPITAL_FISSURE = opened([(0, 92), (0, 82), (0, 72)])

LOW_SCALP = symmetric(
    [
        (0, -108),
        (9, -104),
        (14, -93),
        (32, -92),
        (50, -83),
        (60, -62),
        (69, -38),
        (75, 0),
        (77, 30),
        (68, 61),
        (49, 85),
        (24, 97),
        (0, 99),
    ]
)
LOW_CRANIUM = symmetric(
    [
        (0, -12),
        (7, -19),
        (13, -36),
        (28, -53),
        (46, -56),
        (59, -42),
        (67, -8),
        (70, 26),
        (63, 56),
        (46, 78),
        (23, 89),
        (0, 92),
    ]
)
TEMPORAL_LOBE = closed(
    [(18, -27), (28, -43), (42, -46), (52, -32), (58, -8), (56, 6), (40, 3), (24, -7), (17, -16)]
)
PETROUS = closed([(66, 14), (58, 5), (38, 0), (19, -4), (15, 2), (28, 10), (44, 20), (58, 27), (68, 28)])
CEREBELLUM = symmetric(
    [(0, 27), (12, 22), (30, 19), (47, 28), (55, 44), (47, 64), (28, 78), (9, 80), (0, 76)]
)
PONS = symmetric([(0, -3), (8, -4), (15, 3), (17, 12), (13, 21), (6, 23), (0, 22)])
ETHMOID = symmetric([(0, -88), (9, -86), (11, -70), (12, -48), (6, -40), (0, -40)])
SPHENOID = symmetric([(0, -40), (12, -38), (14, -30), (0, -27)])
ORBIT = closed([(31, -92), (45, -80), (46, -66), (30, -48), (16, -40), (15, -58), (18, -80)])

CORTEX = Folding(spacing=9.5, shallow=6, deep=25, width=2.0)
MEDIAL = Folding(spacing=13, shallow=4, deep=12, width=1.4)


def draw(canvas: Canvas) -> Landmarks:
    """Draw an axial slice, low or high with equal chance."""
    return _low(canvas) if canvas.rng.random() < 0.5 else _high(canvas)


def _high(canvas: Canvas) -> Landmarks:
    contrast, rng = canvas.contrast, canvas.rng
    soft_tissue(canvas, SCALP)
    muscle(canvas, TEMPORALIS, mirrored(TEMPORALIS))
    weathered(canvas, 0.9)
    inner = skull(canvas, CRANIUM, rng.uniform(6, 8))
    if rng.random() < 0.5:
        air_cells(canvas, scaled(ellipse(0, -87, 16, 3.2), rng.uniform(0.6, 1.2)), 9)
    outline = scaled(BRAIN, rng.uniform(0.99, 1.035))
    brain, gaps = canvas.coverage(outline), canvas.coverage()
    cistern = scaled(CISTERN, rng.uniform(0.85, 1.2))
    wide = rng.uniform(0.7, 1.5)
    for gap in (
        cistern,
        ribbon(FRONTAL_FISSURE, taper(len(FRONTAL_FISSURE), 3.5, 1.8, 2.2) * wide),
        ribbon(OCCIPITAL_FISSURE, 2.6),
        *(ribbon(side(SYLVIAN), taper(len(SYLVIAN), 4, 2, 2.6, 4) * wide) for side in (np.array, mirrored)),
        *(ribbon(side(INSULA), taper(len(INSULA), 1, 2, 0.8) * wide) for side in (np.array, mirrored)),
        *(ribbon(side(TENTORIUM), 2.2) for side in (np.array, mirrored)),
        scaled(MIDBRAIN, 1.16),
    ):
        canvas.mark(gaps, gap, 255)
    parenchyma = np.minimum(brain, 255 - gaps)
    folded = parenchyma.copy()
    courses = np.concatenate(
        [cortex.closed_sulci(rng, outline, CORTEX), cortex.medial_sulci(rng, FRONTAL_FISSURE[8:], MEDIAL)]
    )
    # Folds stop at the tentorium: what lies between its leaves is cerebellum.
    cortex.carve(canvas, folded, courses, CORTEX.width)
    vermis = canvas.coverage(VERMIS)
    cortex.paint(canvas, np.maximum(folded, vermis), vermis, rng.uniform(2.4, 3.2))
    _folia(canvas, VERMIS, 14)
    cortex.veins(canvas, courses, 0.25)
    _midbrain(canvas)
    for side in (np.array, mirrored):
        canvas.fill(ribbon(side(TEMPORAL_HORN), taper(len(TEMPORAL_HORN), 1, 4, 1) * wide), contrast.csf)
        falx(canvas, side(TENTORIUM))
    return _finish_high(canvas, inner, np.maximum(parenchyma, vermis), cistern)


def _finish_high(canvas: Canvas, inner: Curve, parenchyma: NDArray[np.uint8], cistern: Curve) -> Landmarks:
    """Lay folds, sinuses and arteries of the base, and say where lesions may arise."""
    contrast, rng = canvas.contrast, canvas.rng
    falx(canvas, FRONTAL_FISSURE[:18])
    sinus(canvas, OCCIPITAL_FISSURE[:9], taper(9, 6, 3))
    sinus(canvas, np.array([(0, -90), (0, -86), (0, -82)]), np.array([4, 3, 1.0]))
    canvas.fill(
        ellipse(0, -15, rng.uniform(2, 4.5), rng.uniform(2, 3.5)), contrast.gland, rng.uniform(0.3, 0.9)
    )
    canvas.fill(ribbon(opened([(-9, -19), (0, -21.5), (9, -19)]), 2.5), contrast.white, 0.8)
    for x in (-9, 9):
        vessel(canvas, x, -15, rng.uniform(1.8, 2.6))
    for side in (np.array, mirrored):
        cerebral = side(SYLVIAN[rng.integers(0, 8) : rng.integers(14, 28)])
        canvas.fill(ribbon(cerebral, rng.uniform(0.5, 1.2)), contrast.vessel, rng.uniform(0.1, 0.7))
    vessel(canvas, 0, 1, 1.6)
    places = dural_places(
        canvas.placement,
        convexity(inner, np.ones(len(inner), bool)),
        both_sides(FRONTAL_FISSURE[4:16]),
        both_sides(TENTORIUM[10:32]),
        both_sides(mirrored(TENTORIUM[10:32])),
    )
    return Landmarks(parenchyma, canvas.coverage(inner), places, canvas.placement(np.array([0.0, -15.0])))


def _midbrain(canvas: Canvas) -> None:
    contrast = canvas.contrast
    tissue = (contrast.grey + contrast.white) / 2
    canvas.fill(MIDBRAIN, tissue)
    for side in (-1, 1):
        canvas.fill(ellipse(side * 9, 8, 6, 3, side * -0.6), contrast.white, 0.8)
        canvas.fill(ellipse(side * 5, 13, 3, 3), contrast.grey, 0.7)
        canvas.fill(ellipse(side * 5, 27, 3.5, 3), contrast.grey, 0.6)
    canvas.fill(ellipse(0, 21, 1.6, 1.8), contrast.csf)


def _folia(canvas: Canvas, outline: Curve, longest: int) -> None:
    """Lay the leaves of cerebellar cortex: broken dark arcs, one inside the other."""
    rng = canvas.rng
    for share in np.arange(0.94, 0.4, -0.075):
        for _ in range(3):
            arc = scaled(outline, share + rng.normal(0, 0.025))
            start, length = int(rng.integers(len(arc))), int(rng.integers(8, longest))
            piece = np.take(arc, np.arange(start, start + length), axis=0, mode="wrap")
            piece = piece + rng.normal(0, 0.5, 2) + np.cumsum(rng.normal(0, 0.12, piece.shape), axis=0)
            width = rng.uniform(0.3, 1.0) * taper(length, 0.3, 1, 0.3)
            canvas.fill(ribbon(piece, width), canvas.contrast.csf, rng.uniform(0.15, 0.55))


def _low(canvas: Canvas) -> Landmarks:
    contrast, rng = canvas.contrast, canvas.rng
    soft_tissue(canvas, LOW_SCALP)
    for x in (-79, 79):
        canvas.fill(ellipse(x, 14, 4, rng.uniform(8, 13), -0.15 * np.sign(x)), contrast.skin)
    muscle(canvas, TEMPORALIS, mirrored(TEMPORALIS))
    _face(canvas)
    weathered(canvas, 0.9)
    inner = skull(canvas, LOW_CRANIUM, rng.uniform(5.5, 7))
    temporal = [TEMPORAL_LOBE, mirrored(TEMPORAL_LOBE)]
    parenchyma = canvas.coverage(*temporal, CEREBELLUM)
    folded = parenchyma.copy()
    courses = np.concatenate([cortex.closed_sulci(rng, lobe, CORTEX) for lobe in temporal])
    cortex.carve(canvas, folded, courses, CORTEX.width)
    cortex.paint(canvas, folded, canvas.coverage(), rng.uniform(2.4, 3.2))
    cortex.veins(canvas, courses, 0.25)
    _folia(canvas, CEREBELLUM, 30)
    canvas.fill(PONS, (contrast.grey + contrast.white) / 2)
    for x in (-1, 1):
        canvas.fill(ribbon(np.array([(x * 11.0, 14), (x * 18, 20), (x * 27, 27)]), 9), contrast.white, 0.9)
        canvas.fill(ellipse(x * 31, -8, 2.2, 6, x * 0.4), contrast.csf, 0.7)
    canvas.fill(scaled(ellipse(0, 26, 6.5, 3.2), rng.uniform(0.8, 1.4)), contrast.csf)
    _skull_base(canvas)
    places = dural_places(
        canvas.placement,
        convexity(inner, (np.abs(inner[:, 0]) > 34) | (inner[:, 1] > 40)),
    )
    return Landmarks(parenchyma, canvas.coverage(inner), places, canvas.placement(np.array([0.0, -22.0])))


def _face(canvas: Canvas) -> None:
    """Lay the orbits with their eyes, and the airy bones between them."""
    contrast, rng = canvas.contrast, canvas.rng
    air_cells(canvas, ETHMOID, 18)
    for side in (np.array, mirrored):
        sign = 1 if side is np.array else -1
        x = sign * rng.uniform(30, 33)
        canvas.fill(inset(side(ORBIT), -1.5), contrast.bone)
        canvas.fill(side(ORBIT), contrast.fat)
        for rectus in ([(20, -80), (19, -62), (16, -46)], [(43, -76), (36, -58), (20, -46)]):
            canvas.fill(ribbon(side(opened(rectus)), taper(17, 1.5, 4.5, 2)), contrast.mucosa * 0.75)
        canvas.fill(ribbon(side(opened([(31, -68), (27, -58), (17, -42)])), 3.6), contrast.white)
        canvas.fill(ellipse(x, -79, 12.5, 13), contrast.mucosa)
        canvas.fill(ellipse(x, -79, 11.3, 11.8), contrast.csf * 1.4)
        canvas.fill(ellipse(x, -88, 4.6, 2.2), contrast.muscle)


def _skull_base(canvas: Canvas) -> None:
    """Lay the petrous bones, the sphenoid sinus, the sella and the vessels beside it."""
    contrast, rng = canvas.contrast, canvas.rng
    marrow = np.clip(grain(rng, MATRIX, 22, 0.6) - 0.5, 0, 1) * contrast.marrow
    petrous = np.asarray(contrast.bone + 0.6 * marrow, np.float32)
    for side in (np.array, mirrored):
        canvas.fill(side(PETROUS), petrous)
        canvas.fill(ribbon(side(opened([(16, -27), (13, -20), (15, -12)])), 7), contrast.vessel, 0.7)
    canvas.fill(symmetric([(0, -30), (9, -29), (9, -15), (8, -9), (0, -9)]), contrast.bone + 0.08)
    canvas.fill(ellipse(0, -13, 8, 3), contrast.marrow)
    canvas.fill(ellipse(0, -22, rng.uniform(4, 6), rng.uniform(2, 3.2)), contrast.gland)
    air_cells(canvas, scaled(SPHENOID, rng.uniform(0.7, 1.1)), 1)
    for x in (-13, 13):
        vessel(canvas, x, -21, rng.uniform(2, 2.8))
    vessel(canvas, 0, -6.5, rng.uniform(1.4, 2.2))
    sigmoid = opened([(62, 38), (57, 52), (46, 68)])
    sinus(canvas, sigmoid if rng.random() < 0.6 else mirrored(sigmoid), taper(17, 2, rng.uniform(2, 5), 2))
    sinus(canvas, opened([(0, 90), (0, 84), (0, 80)]), taper(17, 7, 2))

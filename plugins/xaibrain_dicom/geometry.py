"""Where slices lie, as highdicom wants it said."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from highdicom import PixelMeasuresSequence, PlaneOrientationSequence, PlanePositionSequence
from numpy.typing import NDArray

from xaibrain import Explanation, Place
from xaibrain.errors import InputError


def place_of(explanation: Explanation) -> Place:
    """Return where a picture lies.

    Raises:
        InputError: Its file does not say.
    """
    place = explanation.image.place
    if place is None:
        raise InputError(
            f"{explanation.image.id}: its file does not say where it lies; write dicom-sc or png."
        )
    return place


def geometry_of(
    places: Sequence[Place],
) -> tuple[PixelMeasuresSequence, PlaneOrientationSequence, list[PlanePositionSequence]]:
    """Return where slices lie as DICOM says it."""
    first = places[0]
    down, across = _way(first, 1, 0), _way(first, 0, 1)
    thickness = np.linalg.norm(_lps(first.grid.step(_along(first))))
    turned = (*(across / np.linalg.norm(across)), *(down / np.linalg.norm(down)))
    return (
        PixelMeasuresSequence(pixel_spacing=first.spacing, slice_thickness=float(thickness)),
        PlaneOrientationSequence("PATIENT", tuple(float(x) for x in turned)),
        [PlanePositionSequence("PATIENT", tuple(map(float, _lps(one.at(0, 0))))) for one in places],
    )


def _way(place: Place, row: int, column: int) -> NDArray[np.float64]:
    return _lps(place.at(row, column)) - _lps(place.at(0, 0))


def _along(place: Place) -> tuple[int, int, int]:
    i, j, k = (1 - abs(d) - abs(a) for d, a in zip(place.down, place.across, strict=True))
    return (i, j, k)


def _lps(point: tuple[float, float, float]) -> NDArray[np.float64]:
    """Turn a point of a `Grid` (right, front, head) into DICOM's axes (left, back, head)."""
    return np.asarray(point) * (-1, -1, 1)

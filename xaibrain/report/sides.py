"""Which side of the patient lies at which edge of a picture, from its record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_LETTERS = (("L", "R"), ("P", "A"), ("I", "S"))


def edges_of(record: Mapping[str, Any]) -> dict[str, str] | None:
    """Return the nearest of R, L, A, P, S and I for each edge; None where the record does not know.

    A record's `place` holds the grid's affine (voxels to millimetres towards right, front and head) and
    the steps from row to row and from column to column, in voxels.
    """
    place = record.get("place")
    if not place:
        return None
    affine = place["grid"]["affine"]
    top, bottom = _ends(affine, place["down"])
    left, right = _ends(affine, place["across"])
    return {"left": left, "right": right, "top": top, "bottom": bottom}


def _ends(affine: Sequence[Sequence[float]], step: Sequence[float]) -> tuple[str, str]:
    way = [sum(row[axis] * step[axis] for axis in range(3)) for row in affine]
    axis = max(range(3), key=lambda at: abs(way[at]))
    negative, positive = _LETTERS[axis]
    return (negative, positive) if way[axis] > 0 else (positive, negative)

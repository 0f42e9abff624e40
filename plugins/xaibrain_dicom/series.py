"""Frames that lie side by side become volumes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from xaibrain import Grid, Part, Place
from xaibrain_dicom.header import Plane

_SAME_PLACE = 1e-2
_UNEVEN = 0.1


class Frame(NamedTuple):
    """A frame of a file, and where it lies.

    Attributes:
        path: The file.
        number: Its number in the file.
        size: Rows and columns.
        plane: Where it lies, where the file says so.
        series: What tells the frames of one acquisition from others.
        order: Orders frames that lie at the same place: the first of each make one volume.
    """

    path: Path
    number: int
    size: tuple[int, int]
    plane: Plane | None
    series: str
    order: tuple[int, ...]


def volumes_of(frames: Sequence[Frame]) -> Iterator[list[Frame]]:
    """Yield the frames of each volume, sorted by where they lie along the normal.

    A volume is of one series, orientation, size and spacing, and has one frame at a place: what was taken
    again and again, at several times or echoes, is several volumes.

    Args:
        frames: All with a plane.
    """
    alike: dict[tuple[object, ...], list[tuple[int, Frame]]] = {}
    for frame in frames:
        plane = _plane(frame)
        # Negative zeros are zeros.
        turned = np.round(np.concatenate([plane.across, plane.down]), 3) + 0.0
        place = round(float(plane.origin @ plane.normal) / _SAME_PLACE)
        alike.setdefault((frame.series, frame.size, *turned), []).append((place, frame))
    for members in alike.values():
        members.sort(key=lambda member: (member[0], member[1].order))
        volumes: dict[int, list[Frame]] = {}
        seen: Counter[int] = Counter()
        for place, frame in members:
            volumes.setdefault(seen[place], []).append(frame)
            seen[place] += 1
        yield from volumes.values()


def parts_of(name: str, frames: Sequence[Frame], single: bool) -> list[Part]:
    """Return the slices of a volume, with their places.

    Where they are not evenly spaced, each has a grid of its own.

    Args:
        name: Of the volume.
        frames: As `volumes_of` sorted them; a single one may be without a plane.
        single: Whether the only frame is called as the volume is.
    """
    if frames[0].plane is None:
        return [Part(frames[0].path, name, frames[0].number)]
    shared = _grid(frames) if _evenly_spaced(frames) else None
    digits = len(str(len(frames) - 1))
    parts = []
    for index, frame in enumerate(frames):
        first = (0, 0, index if shared else 0)
        place = Place(name, index, shared or _grid([frame]), first, (0, 1, 0), (1, 0, 0))
        id = name if single else f"{name}/{index:0{digits}d}"
        parts.append(Part(frame.path, id, frame.number, place))
    return parts


def _plane(frame: Frame) -> Plane:
    assert frame.plane is not None, "only frames with a plane are put together"
    return frame.plane


def _step(frames: Sequence[Frame]) -> NDArray[np.float64]:
    """Return the way from one slice to the next."""
    first, last = _plane(frames[0]), _plane(frames[-1])
    if len(frames) == 1:
        return first.normal * first.thickness
    return np.asarray((last.origin - first.origin) / (len(frames) - 1))


def _evenly_spaced(frames: Sequence[Frame]) -> bool:
    origins, step = np.stack([_plane(frame).origin for frame in frames]), _step(frames)
    ideal = origins[0] + np.arange(len(frames))[:, None] * step
    return bool((np.linalg.norm(ideal - origins, axis=1) <= _UNEVEN * np.linalg.norm(step)).all())


def _grid(frames: Sequence[Frame]) -> Grid:
    """Return the voxels of a volume: columns, rows, slices."""
    first = _plane(frames[0])
    rows, columns = frames[0].size
    affine = np.stack([first.across, first.down, _step(frames), first.origin], axis=1)
    # From DICOM's axes (left, back, head) to those of a Grid (right, front, head).
    x, y, z = (tuple(map(float, row)) for row in affine * [[-1], [-1], [1]])
    return Grid((columns, rows, len(frames)), (x, y, z))

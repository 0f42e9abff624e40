"""Where lesions are, as a CSV file of boxes or a folder of masks says."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple, Protocol

import numpy as np

from xaibrain.core.records import MaskKind
from xaibrain.errors import DatasetError, InputError
from xaibrain.reading import find_images, read_image
from xaibrain.types import Mask

_CORNERS = ("x0", "y0", "x1", "y1")
_LOSSY = (".jpg", ".jpeg", ".webp")


class Annotations(Protocol):
    """Where the lesions are, by the ids of the pictures.

    Attributes:
        source: The file or folder that they come from.
        kind: What their masks follow.
        ids: Every id that something is said of, as it stands there.
        labels: Id to class, where that is said too.
    """

    source: Path
    kind: MaskKind
    ids: tuple[str, ...]
    labels: Mapping[str, str]

    def id_of(self, id: str) -> str | None:
        """Return which of `ids` stands for a picture, or None."""
        ...

    def mask(self, id: str, size: tuple[int, int]) -> Mask:
        """Return the mask of one of `ids` for a picture of this height and width.

        Raises:
            InputError: It cannot be had.
        """
        ...


class Box(NamedTuple):
    """A rectangle in pixels: from (x0, y0), which is in it, to (x1, y1), which is not."""

    x0: float
    y0: float
    x1: float
    y1: float


class Boxes:
    """Boxes of a CSV file with the columns file, x0, y0, x1 and y1; of a column `label` if it has one.

    The columns come in any order, and others are passed over. A file may have several rows: its mask
    is all of their boxes. A pixel is in a box when its centre is, so that whole numbers count pixels.

    Args:
        source: The CSV file, in UTF-8.

    Raises:
        DatasetError: It is missing, has no such columns, or a row holds no box.
    """

    kind: MaskKind = "box"

    def __init__(self, source: Path) -> None:
        self.source = source
        self._boxes: dict[str, list[Box]] = {}
        labels: dict[str, str] = {}
        for number, row in _rows(source):
            id = PurePosixPath(row["file"].replace("\\", "/")).as_posix()
            self._boxes.setdefault(id, []).append(self._box(number, row))
            label = row.get("label", "")
            if label and labels.setdefault(id, label) != label:
                raise DatasetError(
                    f"{source}, line {number}: {id} is {label} here and {labels[id]} above; keep one."
                )
        self.labels: Mapping[str, str] = labels
        self.ids = tuple(self._boxes)

    def id_of(self, id: str) -> str | None:
        """Return the id as it is, if the file has it."""
        return id if id in self._boxes else None

    def mask(self, id: str, size: tuple[int, int]) -> Mask:
        """Return what the boxes cover: (h, w); what sticks out of the picture is cut off."""
        mask = np.zeros(size, bool)
        for box in self._boxes[id]:
            left, top, right, bottom = (max(0, math.ceil(edge - 0.5)) for edge in box)
            mask[top:bottom, left:right] = True
        if not mask.any():
            raise InputError(f"{id}: its box in {self.source} covers no pixel of {size[1]} × {size[0]}.")
        return mask

    def _box(self, number: int, row: Mapping[str, str]) -> Box:
        try:
            box = Box(*(float(row[name]) for name in _CORNERS))
        except ValueError as error:
            raise DatasetError(f"{self.source}, line {number}: {error}; give pixels.") from error
        if not (all(map(math.isfinite, box)) and box.x0 < box.x1 and box.y0 < box.y1):
            raise DatasetError(f"{self.source}, line {number}: no box; x0 < x1 and y0 < y1 must hold.")
        return box


class Masks:
    """Mask pictures in a folder, each at the path of its picture, with any suffix of a picture.

    What is not 0 is lesion; in JPEG and WebP, which do not keep 0, what is above half of the range.

    Args:
        source: The folder.

    Raises:
        DatasetError: It is missing, holds no picture, or two for the same one.
    """

    kind: MaskKind = "outline"

    def __init__(self, source: Path) -> None:
        self.source = source
        self.labels: Mapping[str, str] = {}
        if not source.is_dir():
            raise DatasetError(f"{source}: no such folder; give the one that the masks are in.")
        try:
            found = find_images([source])
        except InputError as error:
            raise DatasetError(str(error)) from error
        self.ids = tuple(id for _, id in found)
        self._paths = {id: path for path, id in found}
        self._stems: dict[str, str] = {}
        for id in self.ids:
            if self._stems.setdefault(stem_of(id), id) != id:
                raise DatasetError(
                    f"{source}: {self._stems[stem_of(id)]} and {id} mask one picture; keep one."
                )

    def id_of(self, id: str) -> str | None:
        """Return the mask at the same path, whatever the suffixes."""
        return self._stems.get(id) or self._stems.get(stem_of(id))

    def mask(self, id: str, size: tuple[int, int]) -> Mask:
        """Read a mask; one of another size than its picture is refused."""
        path = self._paths[id]
        pixels = read_image(path).pixels
        lesion = pixels > 127 if path.suffix.lower() in _LOSSY else pixels != 0
        mask = np.asarray(lesion.any(axis=2) if lesion.ndim == 3 else lesion)
        if mask.shape != size:
            raise InputError(
                f"{path}: {mask.shape[1]} × {mask.shape[0]} pixels for a picture of {size[1]} × {size[0]}; "
                "give a mask of its size."
            )
        return mask


def stem_of(id: str) -> str:
    """Return an id without its last suffix."""
    return PurePosixPath(id).with_suffix("").as_posix()


def _rows(source: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the line number and the cells of each row, under names in lower case."""
    try:
        with source.open(encoding="utf-8-sig", newline="") as file:
            table = csv.reader(file)
            names = [name.strip().lower() for name in next(table, [])]
            missing = [name for name in ("file", *_CORNERS) if name not in names]
            if missing:
                raise DatasetError(
                    f"{source}: no column {missing[0]}; its first line must name file, x0, y0, x1 and y1."
                )
            for cells in table:
                if any(cells):
                    row = dict(zip(names, (cell.strip() for cell in cells), strict=False))
                    if not row.get("file") or any(name not in row for name in _CORNERS):
                        raise DatasetError(f"{source}, line {table.line_num}: a cell is missing; fill it in.")
                    yield table.line_num, row
    except OSError as error:
        raise DatasetError(f"{source}: cannot be read ({error.strerror}); check the path.") from error
    except (UnicodeError, csv.Error) as error:
        raise DatasetError(f"{source}: no CSV file in UTF-8 ({error}); save it as one.") from error

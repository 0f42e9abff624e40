"""The folder of a run, read back: its records by picture, its maps, and the scans where they can be had."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xaibrain.core.geometry import Geometry
from xaibrain.core.place import Grid, Place
from xaibrain.errors import InputError, XaibrainError
from xaibrain.inputs import spread
from xaibrain.reading import read_image
from xaibrain.render.overlay import as_shown
from xaibrain.results import each_record, read_volumes
from xaibrain.types import Heatmap
from xaibrain.working import CONFIGURATION

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Run:
    """What `xaibrain explain` wrote.

    Attributes:
        folder: Where it lies.
        configuration: What all records depend on.
        pictures: The records of each picture, in the order of the run.
        evidence: How much a map has, by picture, method and class; for slices of volumes alone.
    """

    folder: Path
    configuration: Record
    pictures: Sequence[Sequence[Record]]
    evidence: Mapping[tuple[str, str, str], float] = field(default_factory=dict)

    def heatmap(self, record: Record) -> Heatmap:
        """Return the raw map of a record.

        Raises:
            InputError: Its file is missing or damaged.
        """
        path, row = self.folder / str(record["heatmap"]), record.get("row")
        try:
            heatmap: Heatmap = np.load(path, allow_pickle=False) if row is None else _row_of(path, row)
        except (OSError, ValueError, IndexError) as error:
            raise InputError(f"{path}: cannot be read; run xaibrain explain again.") from error
        return heatmap

    def scan(self, records: Sequence[Record]) -> NDArray[np.uint8] | None:
        """Return a picture as it is shown, from the run or from its source; None where neither holds it.

        The source is only taken if it is still the file that was explained.
        """
        record = records[0]
        if record.get("scan") and (self.folder / record["scan"]).is_file():
            return as_shown(read_image(self.folder / record["scan"]))
        try:
            image = read_image(record["source"])
        except XaibrainError:
            return None
        return as_shown(image) if image.sha256 == record["sha256"] else None


def read_run(folder: Path, limit: int | None = None) -> Run:
    """Read the folder of a run.

    Args:
        folder: As `xaibrain explain` wrote it.
        limit: At most so many pictures, spread over the run.

    Raises:
        InputError: It holds none, or one without a picture.
    """
    if not (folder / CONFIGURATION).is_file():
        raise InputError(
            f"{folder}: holds no run ({CONFIGURATION}); name a folder that xaibrain explain wrote."
        )
    by_id: dict[str, list[Record]] = {}
    try:
        configuration = json.loads((folder / CONFIGURATION).read_text("utf-8"))
        for record in each_record(folder):
            by_id.setdefault(record["id"], []).append(record)
        evidence = {
            (told["id"], volume["explainer"], volume["target"]): float(told["evidence"])
            for volume in read_volumes(folder)
            for told in volume["slices"]
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder}: its records are damaged; run xaibrain explain again.") from error
    if not by_id:
        raise InputError(f"{folder}: its records are empty; run xaibrain explain again.")
    pictures = list(by_id.values())
    return Run(folder, configuration, [pictures[index] for index in spread(len(pictures), limit)], evidence)


def items_of(pictures: Sequence[Sequence[Record]]) -> list[list[int]]:
    """Return what is looked at as one: each picture, and each volume as its slices, by their numbers.

    Args:
        pictures: The records of each.

    Returns:
        Numbers of pictures; an item stands where its first picture does, slices in the order of the volume.
    """
    items: dict[str | int, list[int]] = {}
    for number, records in enumerate(pictures):
        place = place_of(records)
        items.setdefault(place["volume"] if place else number, []).append(number)

    def index(number: int) -> int:
        place = place_of(pictures[number])
        return int(place["index"]) if place else 0

    return [sorted(numbers, key=index) for numbers in items.values()]


def place_of(records: Sequence[Record]) -> Record | None:
    """Return where a picture lies in its volume, as its records tell it; None where that is not known."""
    return next((record["place"] for record in records if record.get("place")), None)


def _row_of(array: Path, row: int) -> Heatmap:
    """Return one map of a run that was kept in columns."""
    import zarr

    heatmaps: Any = zarr.open_array(array, mode="r")
    return np.asarray(heatmaps[row], np.float32)


def edges_of(record: Record) -> dict[str, str] | None:
    """Return the side of the patient (R, L, A, P, S, I) beyond each edge; None where it is not known."""
    told = record.get("place")
    if not told:
        return None
    edges = Place(**{**told, "grid": Grid(**told["grid"])}).edges
    return dict(zip(("left", "right", "top", "bottom"), edges, strict=True))


def geometry_of(record: Record) -> Geometry:
    """Return where the map of a record lies on its picture."""
    return Geometry(**{name: tuple(numbers) for name, numbers in record["geometry"].items()})

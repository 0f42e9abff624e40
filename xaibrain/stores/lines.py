"""Records as lines of JSON."""

from __future__ import annotations

import json
from array import array
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import msgspec
import numpy as np

from xaibrain.stores.store import Record
from xaibrain.types import Heatmap
from xaibrain.writing import replaced

RECORDS = "explanations.jsonl"


class LineStore:
    """A line of JSON for each record, out of this process as soon as it is added.

    Args:
        folder: The run's.
    """

    holds_maps = False

    def __init__(self, folder: Path) -> None:
        self._path = folder / RECORDS
        self._file: IO[str] | None = None
        self._pictures: list[str] = []

    def found(self) -> Iterator[Record]:
        """Yield the records that an interrupted run left."""
        return (record for _, record in each_line(self._path))

    def begin(self, pictures: Container[str]) -> None:
        """Keep the records of these pictures."""
        write_lines((record for record in self.found() if self._noted(record) in pictures), self._path)
        self._pictures = [name for name in self._pictures if name in pictures]
        self._file = self._path.open("a", encoding="utf-8")

    def add(self, records: Sequence[Record], heatmaps: Sequence[Heatmap | None]) -> None:
        """Add the records of one picture."""
        if self._file:
            self._file.write(lines(records))
            self._file.flush()
            for record in records:
                self._noted(record)

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()

    def finish(self, order: Mapping[str, int]) -> None:
        """Put the lines of these pictures in order, unless they are; in memory is where each begins."""
        if self._in_order(order):
            return
        places, begins = array("q"), array("q")
        for begin, record in each_line(self._path):
            if record["id"] in order:
                places.append(order[record["id"]])
                begins.append(begin)
        with self._path.open("rb") as file, replaced(self._path) as part, part.open("wb") as sorted_file:
            for index in np.argsort(np.asarray(places), kind="stable"):
                file.seek(begins[index])
                sorted_file.write(file.readline())

    def _noted(self, record: Record) -> str:
        """Note that the next line is of this picture."""
        name: str = record["id"]
        self._pictures.append(name)
        return name

    def _in_order(self, order: Mapping[str, int]) -> bool:
        places = [order.get(name, -1) for name in self._pictures]
        return -1 not in places and all(one <= next_one for one, next_one in pairwise(places))


def each_line(path: Path) -> Iterator[tuple[int, Record]]:
    """Yield where each line begins, and what it says; what was cut short or is damaged is left out."""
    if not path.exists():
        return
    begin = 0
    with path.open("rb") as file:
        for line in file:
            record = _said(line) if line.endswith(b"\n") else None
            if isinstance(record, dict):
                yield begin, record
            begin += len(line)


def _said(line: bytes) -> Any:
    """Return what a line says, None if it is damaged."""
    try:
        return msgspec.json.decode(line)
    # It is quick, and strict: NaN, which Python writes, is no JSON.
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        return json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def read_lines(path: Path) -> list[Record]:
    """Return what stands in a file of lines; what was cut short or is damaged is left out."""
    return [record for _, record in each_line(path)]


def write_lines(records: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write a file of lines; whole, or not at all."""
    with replaced(path) as part, part.open("w", encoding="utf-8") as file:
        for record in records:
            file.write(lines([record]))


def lines(records: Iterable[Mapping[str, Any]]) -> str:
    """Return records as lines of JSON."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)

"""Records as lines of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from xaibrain.stores.store import Record
from xaibrain.types import Heatmap
from xaibrain.writing import replaced

RECORDS = "explanations.jsonl"


class LineStore:
    """A line of JSON for each record, on the disk as soon as it is added.

    Args:
        folder: The run's.
    """

    holds_maps = False

    def __init__(self, folder: Path) -> None:
        self._path = folder / RECORDS
        self._file: IO[str] | None = None

    def found(self) -> list[Record]:
        """Return the records that an interrupted run left."""
        return read_lines(self._path)

    def begin(self, records: Sequence[Record]) -> None:
        """Keep these of those that were found."""
        write_lines(records, self._path)
        self._file = self._path.open("a", encoding="utf-8")

    def add(self, records: Sequence[Record], heatmaps: Sequence[Heatmap | None]) -> None:
        """Add the records of one picture."""
        if self._file:
            self._file.write(lines(records))
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()

    def finish(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Keep these records, in this order."""
        write_lines(records, self._path)


def read_lines(path: Path) -> list[Record]:
    """Return what stands in a file of lines; what was cut short or is damaged is left out."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    records = []
    for line in text.split("\n")[:-1]:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            records.append(record)
    return records


def write_lines(records: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write a file of lines; whole, or not at all."""
    with replaced(path) as part:
        part.write_text(lines(records), "utf-8")


def lines(records: Iterable[Mapping[str, Any]]) -> str:
    """Return records as lines of JSON."""
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)

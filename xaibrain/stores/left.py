"""What an interrupted run left: which of its pictures are done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Left:
    """What need not be done again.

    Attributes:
        done: Id to SHA-256 of the pictures that are done.
        volumes: The volumes that these belong to.
    """

    done: Mapping[str, str]
    volumes: frozenset[str]


def left_in(folder: Path, records: Iterable[Mapping[str, Any]]) -> Left:
    """Find out which pictures are done, in one pass.

    Not the last one, whose records may be cut short; nor any that failed, lacks a record, or lacks a file
    that a record names. With a slice its whole volume is left out: that is put together again.

    Args:
        folder: Where the files are that records name.
        records: All that were found, in the order in which they were written.
    """
    digests: dict[str, str] = {}
    volumes: dict[str, str] = {}
    counts: Counter[str] = Counter()
    bad: set[str] = set()
    last = ""
    for record in records:
        last = record["id"]
        digests[last] = record["sha256"]
        counts[last] += 1
        if record["place"]:
            volumes[last] = record["place"]["volume"]
        if record["error"] or not all(_whole(folder / name) for name in _files(record)):
            bad.add(last)
    named = frozenset(volumes.values())

    def unit(picture: str) -> str:
        # A slice that failed has no place, but its id is below the name of its volume.
        above = picture.rpartition("/")[0]
        return above if above in named else picture

    # Every picture has as many: one for each method and target.
    bad |= {name for name, count in counts.items() if count < max(counts.values())}
    again = {unit(name) for name in bad | {last}}
    done = {name: digest for name, digest in digests.items() if unit(name) not in again}
    return Left(done, frozenset(volumes[name] for name in done if name in volumes))


def _files(record: Mapping[str, Any]) -> Iterator[str]:
    """Yield the files that a record names; a row of an array is none."""
    yield from (record[name] for name in ("overlay", "scan") if record[name])
    if record["heatmap"] and record["row"] is None:
        yield record["heatmap"]
    for paths in (record["outputs"] or {}).values():
        yield from paths


def _whole(path: Path) -> bool:
    """Whether a file is there, and its content too, which a power failure may have taken."""
    try:
        return path.stat().st_size > 0
    except OSError:
        return False

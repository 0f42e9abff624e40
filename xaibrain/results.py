"""A run's folder: records, maps and overlays; whole, or not there at all.

While a run goes on it lives in a hidden sibling of its folder, which takes the folder's place at the
end. A run that was killed leaves the sibling, and the same command takes it up again.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from xaibrain.core.records import Explanation, Failure, Image
from xaibrain.core.targets import sides_of
from xaibrain.errors import OutputError
from xaibrain.render.overlay import Picture, as_shown, overlay
from xaibrain.render.sheet import contact_sheet, in_one_row
from xaibrain.writing import replaced

RECORDS = "explanations.jsonl"
CONFIGURATION = "run.json"
SHEET = "sheet.png"
_ON_SHEET = 24


class RunFolder:
    """Takes outcomes as they come and publishes the folder at the end.

    Args:
        path: The folder that the user asked for.
        configuration: What the results depend on; an interrupted run is taken up again only if its own
            is the same.
        overwrite: Whether a finished run may be replaced.
        overlays: Whether maps are drawn; records and raw maps are written in any case.

    Raises:
        OutputError: The folder holds something already, or cannot be written.
    """

    def __init__(
        self, path: Path, configuration: Mapping[str, Any], overwrite: bool = False, overlays: bool = True
    ) -> None:
        self._overlays = overlays
        self._known: deque[str] = deque()
        self.path = path.absolute()
        self.part = self.path.with_name(f".{self.path.name}.partial")
        self._order: dict[str, int] = {}
        _refuse_occupied(self.path, overwrite)
        try:
            self._done = _taken_up(self.part, json.loads(json.dumps(configuration)))
            self._records = (self.part / RECORDS).open("a", encoding="utf-8")
        except OSError as error:
            raise OutputError(
                f"Cannot write {self.path}: {error.strerror}. Choose another place: -o DIR."
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._records.close()

    def has(self, image: Image) -> bool:
        """Whether an interrupted run that is being taken up has done this very picture.

        The pictures may be asked about ahead of those that are added, in their own order: each that is done
        takes its place when nothing is added for it.
        """
        done = self._done.get(image.id) == image.sha256
        if done:
            self._known.append(image.id)
        return done

    def add(self, outcomes: Sequence[Explanation | Failure]) -> list[dict[str, Any]]:
        """Write all that became of one picture; its records come last, and together.

        Args:
            outcomes: None of them for a picture that was done before.

        Returns:
            The records.
        """
        if not outcomes:
            self._order.setdefault(self._known.popleft(), len(self._order))
            return []
        try:
            scan = self._scan_of(outcomes)
            records = [self._written(outcome, scan) for outcome in outcomes]
            self._records.write(_lines(records))
            self._records.flush()
            for record in records:
                self._order.setdefault(record["id"], len(self._order))
        except OSError as error:
            raise OutputError(
                f"Cannot write {self.path}: {error.strerror}. Make room and run the same command again: "
                "it goes on where it stopped."
            ) from error
        return records

    def publish(self) -> list[dict[str, Any]]:
        """Draw the contact sheet and put the run where it was asked for.

        Returns:
            All its records, in the order of the pictures.
        """
        self._records.close()
        records = [record for record in read_records(self.part) if record["id"] in self._order]
        records.sort(key=lambda record: self._order[record["id"]])
        _write_records(records, self.part / RECORDS)
        self._draw_sheet([record for record in records if record["overlay"]])
        try:
            if self.path.exists():
                shutil.rmtree(self.path)
            self.part.replace(self.path)
        except OSError as error:
            raise OutputError(
                f"Cannot put the run at {self.path}: {error.strerror}; it is in {self.part}."
            ) from error
        return records

    def _draw_sheet(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Draw some of the overlays on one page: where that works out, the maps of a picture in one row."""
        if not records:
            return
        maps: dict[str, list[str]] = {}
        for record in records:
            maps.setdefault(record["id"], []).append(record["overlay"])
        rows = list(maps.values())
        if not in_one_row([len(row) for row in rows]):
            rows = [[record["overlay"]] for record in records]
        chosen = rows[:: max(1, -(-len(records) // _ON_SHEET))]
        pictures = [_read_png(self.part / name) for row in chosen for name in row]
        _save_png(contact_sheet(pictures, in_one_row([len(row) for row in chosen])), self.part / SHEET)

    def _scan_of(self, outcomes: Sequence[Explanation | Failure]) -> str | None:
        """Write the picture that the outcomes are of, once, and return its path."""
        explained = [one for one in outcomes if isinstance(one, Explanation)]
        if not explained or not self._overlays:
            return None
        image = explained[0].image
        scan = f"scans/{_plain(image.id)}.png"
        _save_png(as_shown(image), self.part / scan)
        return scan

    def _written(self, outcome: Explanation | Failure, scan: str | None) -> dict[str, Any]:
        if isinstance(outcome, Failure):
            return _record_of_failure(outcome)
        stem = file_stem(outcome)
        heatmap, picture = f"heatmaps/{stem}.npy", f"overlays/{stem}.png" if self._overlays else None
        with replaced(self.part / heatmap) as part:
            np.save(part, outcome.heatmap)
        if picture:
            _save_png(overlay(outcome), self.part / picture)
        return record_of(outcome, heatmap, picture, scan)


def record_of(
    explanation: Explanation, heatmap: str, picture: str | None, scan: str | None = None
) -> dict[str, Any]:
    """Return an explanation as one line of JSON says it.

    Args:
        explanation: What to tell.
        heatmap: Path of its raw map, from the run's folder.
        picture: Path of its overlay, from there too; None where none was drawn.
        scan: Path of the picture that was explained, as it is shown, likewise.
    """
    provenance = explanation.provenance
    return {
        "id": explanation.image.id,
        "source": explanation.image.source,
        "sha256": provenance.sha256,
        "label": explanation.label,
        "predicted": explanation.predicted,
        "probabilities": {name: round(p, 6) for name, p in explanation.probabilities.items()},
        "target": explanation.target,
        "explainer": provenance.explainer,
        "parameters": dict(provenance.parameters),
        "layer": explanation.layer,
        "layer_reason": explanation.layer_reason,
        "status": explanation.status,
        "notes": dict(explanation.notes),
        "heatmap": heatmap,
        "overlay": picture,
        "scan": scan,
        "geometry": asdict(explanation.geometry),
        "preprocessing": dict(provenance.preprocessing),
        "model": {
            "name": provenance.model,
            "fingerprint": provenance.fingerprint,
            "head": provenance.head,
            "engine": provenance.engine,
        },
        "versions": dict(provenance.versions),
        "seconds": round(explanation.seconds, 4),
        "error": None,
    }


def _record_of_failure(failure: Failure) -> dict[str, Any]:
    keys = (
        "id", "source", "sha256", "label", "predicted", "probabilities", "target", "explainer", "parameters",
        "layer", "layer_reason", "status", "notes", "heatmap", "overlay", "scan", "geometry",
        "preprocessing", "model", "versions", "seconds", "error",
    )  # fmt: skip
    told = {name: value or None for name, value in asdict(failure).items()}
    return {key: told.get(key) for key in keys}


def file_stem(explanation: Explanation) -> str:
    """Return a file name, without suffix, that no other explanation of a run has.

    What a file system may not take is replaced, and a digest of the id keeps such names apart.
    """
    sides = sides_of(explanation.target, tuple(explanation.probabilities))
    explained = "-against-".join(sides or (explanation.target,))
    parts = (_plain(explanation.image.id), explanation.provenance.explainer, explained)
    return "--".join(re.sub(r"[^\w.+-]+", "_", part) for part in parts)


def _plain(name: str) -> str:
    plain = re.sub(r"[^\w.-]+", "_", name).strip("._")[:80]
    return plain if plain == name else f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def read_records(folder: Path) -> list[dict[str, Any]]:
    """Return the records of a run; a last line that was cut short is left out."""
    path = folder / RECORDS
    lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
    return [json.loads(line) for line in lines[:-1]]


def _write_records(records: Sequence[Mapping[str, Any]], path: Path) -> None:
    with replaced(path) as part:
        part.write_text(_lines(records), "utf-8")


def _lines(records: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def _refuse_occupied(path: Path, overwrite: bool) -> None:
    if path.is_file():
        raise OutputError(f"{path} is a file; choose another place: -o DIR.")
    if not path.is_dir() or not any(path.iterdir()):
        return
    if not (path / RECORDS).exists():
        raise OutputError(f"{path} holds other files; choose another place: -o DIR.")
    if not overwrite:
        raise OutputError(f"{path} holds a run already; add --overwrite to replace it, or choose -o DIR.")


def _taken_up(part: Path, configuration: dict[str, Any]) -> dict[str, str]:
    """Make the working folder, or keep what an interrupted run of the same configuration did.

    Returns:
        Id to SHA-256 of the pictures that are done.
    """
    before = part / CONFIGURATION
    if part.exists() and not (before.exists() and json.loads(before.read_text()) == configuration):
        shutil.rmtree(part)
    part.mkdir(parents=True, exist_ok=True)
    before.write_text(json.dumps(configuration, indent=1))
    records = _complete(read_records(part))
    _write_records(records, part / RECORDS)
    return {record["id"]: record["sha256"] for record in records}


def _complete(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out the last picture, whose records may be cut short, and every picture that failed."""
    again = {record["id"] for record in records if record["error"]}
    again |= {record["id"] for record in records[-1:]}
    return [record for record in records if record["id"] not in again]


def _read_png(path: Path) -> Picture:
    with PIL.Image.open(path) as picture:
        return np.array(picture)


def _save_png(picture: NDArray[np.uint8], path: Path) -> None:
    with replaced(path) as part:
        PIL.Image.fromarray(picture).save(part, format="PNG")


def summary_of(records: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Count a run's records by status; failures count as `error`."""
    counts: dict[str, int] = {}
    for record in records:
        status = "error" if record["error"] else record["status"]
        counts[status] = counts.get(status, 0) + 1
    return counts

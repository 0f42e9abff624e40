"""What a page holds: an index that is read at once, and a block a picture, read when it is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from xaibrain.core.geometry import Geometry
from xaibrain.render.overlay import MEANING, STRONGEST
from xaibrain.report.colours import colour_tables
from xaibrain.report.hiding import Hiding
from xaibrain.report.packing import LEVELS, packed_colours, packed_map, packed_scan
from xaibrain.report.run import Record, Run, edges_of, geometry_of

Entry = dict[str, Any]


@dataclass(frozen=True)
class Options:
    """How a page is made.

    Attributes:
        show_names: Whether names and paths of the pictures stand in it.
        longest: Pixels of a scan's longer side, at most.
        lossless: Whether scans keep every pixel's value.
    """

    show_names: bool = False
    longest: int = 1024
    lossless: bool = False


class Gatherer:
    """Packs the pictures of a run one by one, and knows at the end what they have in common.

    Args:
        run: What was explained.
        options: How to pack it.
    """

    def __init__(self, run: Run, options: Options) -> None:
        self._run, self._options = run, options
        self.hiding = Hiding(options.show_names, _classes(run))
        self._methods: dict[tuple[str, str | None], Entry] = {}
        self._entries: list[Entry] = []

    def pictures(self) -> Iterator[Entry]:
        """Yield the block of each picture, in order."""
        for number, records in enumerate(self._run.pictures, 1):
            good = [record for record in records if not record.get("error")]
            maps = [self._map(record) for record in good]
            self._entries.append(self._entry(number, records, maps))
            yield {
                **(self._scan(good) if good else {"webp": None, "size": None}),
                "maps": [packed for _, packed in maps],
                **self._told(records),
            }

    def index(self) -> Entry:
        """Return what the page needs at once; after `pictures`."""
        return {
            "classes": _classes(self._run),
            "methods": list(self._methods.values()),
            "scans": self._entries,
            "colours": {name: packed_colours(table) for name, table in colour_tables().items()},
            "opacity": STRONGEST,
            "meaning": MEANING,
            "kept": self._kept(),
        }

    def _kept(self) -> str:
        """Say what packing costs."""
        scans = "every pixel" if self._options.lossless else "compressed"
        return (
            f"Maps are kept to within 1/{2 * LEVELS:,} of their range; scans as 8-bit pictures, {scans}, "
            f"at most {self._options.longest:,} pixels a side."
        )

    def _entry(self, number: int, records: Sequence[Record], maps: Sequence[tuple[Entry, Entry]]) -> Entry:
        known = next((record for record in records if record.get("predicted")), records[0])
        label, predicted = known.get("label"), known.get("predicted")
        return {
            "name": self.hiding.name(number, records[0]),
            "label": label,
            "predicted": predicted,
            "right": None if label is None or predicted is None else label == predicted,
            "probabilities": known.get("probabilities") or {},
            "maps": [entry for entry, _ in maps],
            "errors": [self.hiding.text(one["error"], one) for one in records if one.get("error")],
        }

    def _scan(self, records: Sequence[Record]) -> Entry:
        pixels = self._run.scan(records)
        if pixels is None:
            return {"webp": None, "size": list(records[0]["geometry"]["source"])}
        return packed_scan(pixels, self._options.longest, self._options.lossless)

    def _told(self, records: Sequence[Record]) -> Entry:
        record = records[0]
        return {
            "sha256": record.get("sha256"),
            "source": self.hiding.source(record),
            "spacing": record.get("spacing"),
            "edges": edges_of(record),
        }

    def _map(self, record: Record) -> tuple[Entry, Entry]:
        """Return what the index says of a map, and what its block says."""
        heatmap, geometry = self._run.heatmap(record), geometry_of(record)
        facts = _extremes(heatmap, geometry)
        method = self._method(record, facts)
        check = (record.get("notes") or {}).get("check") or {}
        worries = [self.hiding.text(worry, record) for worry in check.get("worries", ())]
        entry = {
            "method": method,
            "target": record["target"],
            "status": record["status"],
            "worries": worries,
        }
        notes = self._notes(record)
        return entry, {**facts, "geometry": record["geometry"], "notes": notes, **packed_map(heatmap)}

    def _method(self, record: Record, facts: Entry) -> int:
        """Return the number of a method at its layer, and widen its scale to this map."""
        key = (record["explainer"], record.get("layer"))
        methods = list(self._methods)
        if key not in self._methods:
            self._methods[key] = {
                "name": record["explainer"],
                "layer": record.get("layer"),
                "reason": record.get("layer_reason") or "",
                "parameters": record.get("parameters") or {},
                "top": 0.0,
                "magnitude": 0.0,
            }
            methods.append(key)
        method = self._methods[key]
        if record["status"] == "ok":
            method["top"] = max(method["top"], facts["top"])
        if record["status"] in ("ok", "all-negative"):
            method["magnitude"] = max(method["magnitude"], facts["magnitude"])
        return methods.index(key)

    def _notes(self, record: Record) -> list[list[str]]:
        """Return what a method and the check say of a map, as pairs of a name and a sentence."""
        notes = dict(record.get("notes") or {})
        check = notes.pop("check", None) or {}
        told = [[name, self.hiding.text(_said(value), record)] for name, value in notes.items()]
        return told + [[name, self.hiding.text(line, record)] for name, line in _checked(check)]


def _classes(run: Run) -> list[str]:
    for records in run.pictures:
        for record in records:
            if record.get("probabilities"):
                return list(record["probabilities"])
    return []


def _extremes(heatmap: np.ndarray, geometry: Geometry) -> Entry:
    """Return the ends of a map's scale on its scan, and where it is strongest: row, column and value."""
    laid = geometry.to_source(heatmap)
    if not np.isfinite(laid).any():
        return {"top": 0.0, "magnitude": 0.0, "peak": None}
    row, column = np.unravel_index(int(np.nanargmax(laid)), laid.shape)
    top = float(laid[row, column])
    return {
        "top": max(top, 0.0),
        "magnitude": float(np.nanmax(np.abs(laid))),
        "peak": [int(row), int(column), top],
    }


def _checked(check: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    by_class, by_weights = check.get("class_sensitivity"), check.get("randomisation")
    if by_class and by_class["correlation"] is not None:
        yield "for another class", f"{_correlated(by_class)} with the map for {by_class['other']}"
    if by_weights and by_weights["correlation"] is not None:
        yield (
            "without what was learned",
            f"{_correlated(by_weights)} once {by_weights['layer']} is drawn anew",
        )
    standing = check.get("standing")
    if standing and standing.get("rank"):
        yield "standing", f"rank {standing['rank']} by {standing['metric']} on {standing['dataset']}"


def _correlated(part: Mapping[str, Any]) -> str:
    return f"correlation {part['correlation']:.2f}".replace("-", "−")


def _said(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_said(one)}" for name, one in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_said, value))
    return str(value)

"""What a page holds: an index that is read at once, and a block a picture, read when it is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from xaibrain.render.overlay import MEANING, STRONGEST
from xaibrain.report.colours import colour_tables
from xaibrain.report.hiding import Hiding
from xaibrain.report.notes import notes_of, worries_of
from xaibrain.report.packing import LEVELS, packed_colours, packed_map, packed_scan
from xaibrain.report.run import Record, Run, edges_of, geometry_of, items_of, place_of
from xaibrain.report.scales import ends_of, no_ends, widen

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
        self._methods: list[Entry] = []
        self._names: dict[int, str] = {}
        self._items = [self._item(at, numbers) for at, numbers in enumerate(items_of(run.pictures), 1)]
        self._item_of = {number: item for item in self._items for number in item["scans"]}
        self._entries: list[Entry] = []

    def _item(self, at: int, numbers: Sequence[int]) -> Entry:
        """Name a picture, or a volume and its slices."""
        pictures = [self._run.pictures[number] for number in numbers]
        if len(numbers) == 1:
            name = self._names[numbers[0]] = self.hiding.name(at, pictures[0][0])
            return {"name": name, "scans": numbers, "ends": {}}
        places = [place for place in map(place_of, pictures) if place]
        name = self.hiding.volume(at, places[0])
        for number, place in zip(numbers, places, strict=True):
            self._names[number] = f"{name}, slice {place['index']}"
        slices = [place["index"] for place in places]
        return {"name": name, "scans": numbers, "slices": slices, "ends": {}}

    def pictures(self) -> Iterator[Entry]:
        """Yield the block of each picture, in order."""
        for number, records in enumerate(self._run.pictures):
            good = [record for record in records if not record.get("error")]
            maps = [self._map(record, self._item_of[number]) for record in good]
            self._entries.append(self._entry(self._names[number], records, maps))
            yield {
                **(self._scan(good) if good else {"webp": None, "size": None}),
                "maps": [packed for _, packed in maps],
                **self._told(records),
            }

    def index(self) -> Entry:
        """Return what the page needs at once; after `pictures`."""
        return {
            "classes": _classes(self._run),
            "methods": self._methods,
            "scans": self._entries,
            "items": self._items,
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

    def _entry(self, name: str, records: Sequence[Record], maps: Sequence[tuple[Entry, Entry]]) -> Entry:
        known = next((record for record in records if record.get("predicted")), records[0])
        label, predicted = known.get("label"), known.get("predicted")
        return {
            "name": name,
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

    def _map(self, record: Record, item: Entry) -> tuple[Entry, Entry]:
        """Return what the index says of a map, and what its block says."""
        heatmap, geometry = self._run.heatmap(record), geometry_of(record)
        ends, status, method = ends_of(heatmap, geometry), record["status"], self._method(record)
        widen(self._methods[method], ends, status)
        widen(item["ends"].setdefault(method, no_ends()), ends, status)
        entry = {
            "method": method,
            "target": record["target"],
            "status": status,
            "evidence": self._run.evidence.get((record["id"], record["explainer"], record["target"])),
            "worries": worries_of(record, self.hiding),
        }
        notes = notes_of(record, self.hiding)
        return entry, {**ends, "geometry": record["geometry"], "notes": notes, **packed_map(heatmap)}

    def _method(self, record: Record) -> int:
        """Return the number of a method at its layer."""
        key = {"name": record["explainer"], "layer": record.get("layer")}
        for number, method in enumerate(self._methods):
            if key.items() <= method.items():
                return number
        reason, parameters = record.get("layer_reason") or "", record.get("parameters") or {}
        self._methods.append({**key, "reason": reason, "parameters": parameters, **no_ends()})
        return len(self._methods) - 1


def _classes(run: Run) -> list[str]:
    for records in run.pictures:
        for record in records:
            if record.get("probabilities"):
                return list(record["probabilities"])
    return []

"""What is told of a run at its end, gathered in one pass: of its records, few are in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

_FIRST = 40


class Tally:
    """Counts records, and keeps the first of them.

    Args:
        records: Of a run, in order.

    Attributes:
        first: The first records.
        counts: Records by status; failures count as `error`.
        layers: Each explainer with why it read which layer.
        notes: Explainer and what it says of a map, to the number of these maps.
        drawn: Whether there is an overlay.
        refused: Whether a writer wrote nothing of a map.
    """

    def __init__(self, records: Iterable[Mapping[str, Any]]) -> None:
        self.first: list[Mapping[str, Any]] = []
        self.counts: Counter[str] = Counter()
        self.layers: set[tuple[str, str]] = set()
        self.notes: Counter[tuple[str, str]] = Counter()
        self.drawn = self.refused = False
        methods, coinciding = set(), Counter[tuple[str, str]]()
        for record in records:
            if len(self.first) < _FIRST:
                self.first.append(record)
            self.counts["error" if record["error"] else record["status"]] += 1
            self.drawn |= bool(record["overlay"])
            self.refused |= bool(record["refused"])
            if not record["error"]:
                methods.add(record["explainer"])
            if record["layer_reason"]:
                self.layers.add((record["explainer"], record["layer_reason"]))
            for name, note in (record["notes"] or {}).items():
                if isinstance(note, str):
                    noted = coinciding if name == "coincides" else self.notes
                    noted[record["explainer"], note] += 1
        # Which methods are one map is of interest where several were asked.
        if len(methods) > 1:
            self.notes += coinciding

    def __len__(self) -> int:
        return self.counts.total()

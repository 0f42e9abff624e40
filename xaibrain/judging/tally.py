"""What came of planting lesions, counted and told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_COLUMNS = ("lesion", "radius", "planted", "flipped", "no_room")


@dataclass
class Tally:
    """What came of all the planting.

    Attributes:
        looked_at: Slices that were read.
        unreadable: Of these, those that could not be used.
        ill: Those whose label names a lesion.
        called_ill: Those that the model itself does not call lesion-free.
        hosts: Those that were planted in.
        planted: Lesion and radius to how many were planted.
        flipped: Likewise, to how many changed the prediction from a lesion-free class to another one.
        no_room: Lesion and radius to how many found no room.
    """

    looked_at: int = 0
    unreadable: int = 0
    ill: int = 0
    called_ill: int = 0
    hosts: int = 0
    planted: Counter[tuple[str, float]] = field(default_factory=Counter)
    flipped: Counter[tuple[str, float]] = field(default_factory=Counter)
    no_room: Counter[tuple[str, float]] = field(default_factory=Counter)

    def record(self) -> dict[str, Any]:
        """Return it as JSON can hold it: a row for each lesion and radius."""
        kinds = list(dict.fromkeys([*self.planted, *self.no_room]))
        return {
            **{
                name: getattr(self, name)
                for name in ("looked_at", "unreadable", "ill", "called_ill", "hosts")
            },
            "planted": self.planted.total(),
            "flipped": self.flipped.total(),
            "by_size": [
                {
                    "lesion": lesion,
                    "radius": radius,
                    "planted": self.planted[lesion, radius],
                    "flipped": self.flipped[lesion, radius],
                    "no_room": self.no_room[lesion, radius],
                }
                for lesion, radius in kinds
            ],
        }


def planted_line(tally: Mapping[str, Any]) -> str:
    """Return in one sentence how many plantings changed what the model says."""
    return (
        f"{tally['flipped']:,} of {tally['planted']:,} lesions that were planted in {tally['hosts']:,} "
        "lesion-free slices changed what the model says."
    )


def planted_section(tally: Mapping[str, Any]) -> list[str]:
    """Return what came of planting as lines of a page: a row for each lesion and size."""
    passed = [
        f"{tally[key]:,} {what}"
        for key, what in (
            ("unreadable", "could not be used"),
            ("ill", "are labelled with a lesion"),
            ("called_ill", "the model itself does not call lesion-free"),
        )
        if tally[key]
    ]
    skipped = f", of which {', '.join(passed)}" if passed else ""
    return [
        f"{planted_line(tally)} These are the pictures below, and the class that they changed to is the one "
        f"that is explained. {tally['looked_at']:,} slices were looked at{skipped}.",
        "",
        "| lesion | radius / head width | planted | changed the prediction | no room |",
        "|---|---|---|---|---|",
        *(f"| {' | '.join(str(row[column]) for column in _COLUMNS)} |" for row in tally["by_size"]),
    ]


def too_few(tally: Mapping[str, Any], model: str, healthy: Sequence[str], least: int) -> str:
    """Return why a model cannot be judged by planted lesions, and what to do.

    Args:
        tally: What came of planting.
        model: The model's name.
        healthy: The classes that it calls lesion-free slices by.
        least: How many changed predictions are needed.
    """
    free = " or ".join(healthy)
    if not tally["hosts"]:
        return (
            f"There is no lesion-free slice to plant in: of {tally['looked_at']} slices {tally['ill']} are "
            f"labelled with a lesion, {tally['called_ill']} are not {free} to '{model}', and "
            f"{tally['unreadable']} could not be used. Give a dataset that has some: -d DATASET"
        )
    return (
        f"'{model}' cannot be judged by planted evidence: of {tally['planted']} lesions in {tally['hosts']} "
        f"lesion-free slices {tally['flipped']} changed what it says from {free}, and {least} are needed. "
        "Plant more or larger ones (-s plant.hosts=200 -s plant.sizes=0.14,0.2), or use pictures with masks."
    )

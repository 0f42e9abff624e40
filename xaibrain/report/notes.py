"""What a method and the check say of a map, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from xaibrain.report.hiding import Hiding
from xaibrain.report.run import Record


def worries_of(record: Record, hiding: Hiding) -> list[str]:
    """Return what speaks against a map, a sentence each."""
    return [hiding.text(worry, record) for worry in _check(record).get("worries", ())]


def notes_of(record: Record, hiding: Hiding) -> list[list[str]]:
    """Return all that is said of a map, as pairs of a name and a sentence."""
    notes = [(name, _said(value)) for name, value in (record.get("notes") or {}).items() if name != "check"]
    return [[name, hiding.text(line, record)] for name, line in (*notes, *_checked(_check(record)))]


def _check(record: Record) -> Mapping[str, Any]:
    return (record.get("notes") or {}).get("check") or {}


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

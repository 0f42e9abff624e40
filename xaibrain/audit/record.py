"""The findings as a record for machines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from xaibrain.audit.examine import Audit
from xaibrain.audit.leaks import conflicting_pairs
from xaibrain.audit.twins import Pair

FORMAT = 1
"""Of the record; a change that readers would notice raises it."""


def record_of(audit: Audit) -> dict[str, Any]:
    """Return everything that was found, pictures by their ids; fit for JSON."""
    ids = [glance.id for glance in audit.seen]
    twins = audit.twins
    return {
        "format": FORMAT,
        "name": audit.name,
        "pictures": len(audit.seen),
        "unreadable": audit.unreadable,
        "balance": audit.balance,
        "settings": {"bits": twins.bits, "alike": twins.alike},
        "summary": summary_of(audit),
        "identical": _named(twins.identical, ids),
        "near_duplicates": _named(twins.groups, ids),
        "leaks": [
            {
                "id": ids[leak.position],
                "split": leak.split,
                "other_split": leak.other_split,
                "twin": ids[leak.twin],
                "likeness": round(leak.likeness, 4),
            }
            for leak in audit.leaks
        ],
        "conflicts": [
            [{"id": ids[position], "label": audit.seen[position].label} for position in group]
            for group in audit.conflicts
        ],
        "twins": [_pair(pair, ids) for pair in twins.pairs],
        "hash_distances": twins.distances,
        "confounds": _confounds(audit),
        "label_errors": _label_errors(audit),
    }


def summary_of(audit: Audit) -> dict[str, int]:
    """Return the counts that matter, under names that a line can show."""
    twins = audit.twins
    return {
        "identical_groups": len(twins.identical),
        "identical_files": sum(map(len, twins.identical)),
        "twin_groups": len(twins.groups),
        "twin_files": sum(map(len, twins.groups)),
        "largest_twin_group": max(map(len, twins.groups), default=0),
        "turned_or_mirrored_pairs": sum(pair.is_turned for pair in twins.pairs),
        "leaked_pictures": len({leak.position for leak in audit.leaks}),
        "conflicting_groups": len(audit.conflicts),
        "conflicting_pairs": len(conflicting_pairs(audit.seen, twins)),
        **({"suspected_labels": len(audit.suspects.rows)} if audit.suspects else {}),
    }


def _named(groups: Iterable[Sequence[int]], ids: Sequence[str]) -> list[list[str]]:
    return [[ids[position] for position in group] for group in groups]


def _pair(pair: Pair, ids: Sequence[str]) -> dict[str, Any]:
    return {
        "first": ids[pair.first],
        "second": ids[pair.second],
        "bits": pair.bits,
        "likeness": round(pair.likeness, 4),
        "turn": round(pair.turn, 1),
        "mirrored": pair.mirrored,
    }


def _confounds(audit: Audit) -> dict[str, Any]:
    probes = audit.probes
    rows = [{name: _short(value) for name, value in vars(probe).items()} for probe in probes.rows]
    return {
        "pictures": probes.pictures,
        "classes": probes.classes,
        "probes": rows,
        "reason": probes.reason,
    }


def _short(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _short(part) for name, part in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def _label_errors(audit: Audit) -> dict[str, Any] | None:
    suspects = audit.suspects
    if suspects is None:
        return None
    return {
        "model": suspects.model,
        "features": suspects.features,
        "pictures": suspects.classes,
        "suspected": suspects.by_class,
        "balanced_accuracy": round(suspects.accuracy, 4),
        "trained_on": suspects.trained_on,
        "reason": suspects.reason,
        "caveat": suspects.caveat,
        "suspects": [
            {
                "id": audit.seen[row.position].id,
                "label": row.label,
                "suggested": row.suggested,
                "label_probability": round(row.given, 4),
                "suggested_probability": round(row.other, 4),
                "trained_on": row.trained_on,
            }
            for row in suspects.rows
        ],
    }

"""The findings as a record for machines and as pages for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from xaibrain.audit.examine import Audit
from xaibrain.audit.leaks import conflicting_pairs
from xaibrain.audit.twins import Pair

FORMAT = 1
"""Of the record; a change that readers would notice raises it."""

_LISTED = 30


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
        "turned_or_mirrored_pairs": sum(is_turned(pair) for pair in twins.pairs),
        "leaked_pictures": len({leak.position for leak in audit.leaks}),
        "conflicting_groups": len(audit.conflicts),
        "conflicting_pairs": len(conflicting_pairs(audit.seen, twins)),
        **({"suspected_labels": len(audit.suspects.rows)} if audit.suspects else {}),
    }


def is_turned(pair: Pair) -> bool:
    """Say whether one picture of a pair is mirrored or turned by more than 2° against the other."""
    return pair.mirrored or abs(pair.turn) > 2


def findings(audit: Audit) -> list[tuple[str, str]]:
    """Return what was looked for and what was found, a line each."""
    twins = audit.twins
    return [
        ("pictures", f"{len(audit.seen):,}" + _unreadable(audit.unreadable)),
        *((f"  {split}" if split else "  classes", _counts(classes)) for split, classes in _balance(audit)),
        ("equal to the byte", _grouped(twins.identical)),
        ("twins", f"{_grouped(twins.groups)} (alike ≥ {twins.alike:g}; equal files included)"),
        ("leaks", _leaks(audit)),
        ("twins with two labels", _grouped(audit.conflicts)),
        *_probes(audit),
        *_suspected(audit),
    ]


def markdown_of(audit: Audit) -> str:
    """Return the findings as a page, with the first of each list by name."""
    ids = [glance.id for glance in audit.seen]
    parts = [
        f"# Audit of {audit.name}\n",
        _table(("looked for", "found"), ((what.strip(), found) for what, found in findings(audit))),
        "\n![twins](twins.png)\n\n![distances](distances.png)\n",
        f"## Leaks\n\n{_why_leaks(audit)}\n",
        _table(
            ("picture", "stands in", "as", "likeness"),
            ((ids[k.position], k.other_split, ids[k.twin], f"{k.likeness:.3f}") for k in audit.leaks),
        ),
        "## Twins with more than one label\n",
        _table(
            ("picture", "label", "group"),
            (
                (ids[position], audit.seen[position].label or "–", str(number))
                for number, group in enumerate(audit.conflicts, 1)
                for position in group
            ),
        ),
        "## Confounds\n",
        _confounds_text(audit),
        *_suspects_text(audit),
        "## Pictures that cannot be read\n",
        _table(("what is wrong",), ((line,) for line in audit.unreadable)),
    ]
    return "\n".join(parts)


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


def _grouped(groups: Sequence[Sequence[int]]) -> str:
    sizes = [len(group) for group in groups]
    if not sizes:
        return "none"
    return (
        f"{len(sizes)} group{'s' if len(sizes) > 1 else ''}, {sum(sizes)} files, the largest of {max(sizes)}"
    )


def _unreadable(lines: Sequence[str]) -> str:
    return f", and {len(lines)} that cannot be read" if lines else ""


def _balance(audit: Audit) -> list[tuple[str, dict[str, int]]]:
    return list(audit.balance.items())


def _counts(classes: dict[str, int]) -> str:
    named = (f"{name or 'no label'} {count:,}" for name, count in classes.items())
    most, least = max(classes.values()), min(classes.values())
    return ", ".join(named) + (f" ({most / least:.1f} to 1)" if len(classes) > 1 else "")


def _leaks(audit: Audit) -> str:
    splits = [split for split in audit.balance if split]
    if len(splits) < 2:
        return "not looked for: the ids tell no two splits"
    told = []
    for small, large in sorted({(leak.split, leak.other_split) for leak in audit.leaks}):
        leaked = sum((leak.split, leak.other_split) == (small, large) for leak in audit.leaks)
        told.append(f"{leaked} of {sum(audit.balance[small].values())} {small} pictures stand in {large} too")
    return "; ".join(told) or f"none across {', '.join(splits)}"


def _why_leaks(audit: Audit) -> str:
    if not audit.leaks:
        return _leaks(audit).capitalize() + "."
    return f"{_leaks(audit)}: a score on those measures memory."


def _probes(audit: Audit) -> list[tuple[str, str]]:
    if audit.probes.reason:
        return [("confounds", f"not probed: {audit.probes.reason}")]
    return [
        (
            f"class from {'all of these' if probe.kind == 'all' else probe.kind}",
            f"{probe.accuracy:.2f} ({probe.low:.2f}–{probe.high:.2f}), chance {probe.chance:.2f}: "
            f"{probe.verdict}",
        )
        for probe in audit.probes.rows[1:] + audit.probes.rows[:1]
    ]


def _confounds_text(audit: Audit) -> str:
    probes = audit.probes
    if probes.reason:
        return f"Not probed: {probes.reason}.\n"
    classes = list(probes.classes)
    table = _table(
        ("from", "balanced accuracy", "99 %", "chance", *classes, "verdict"),
        (
            (
                probe.kind,
                f"{probe.accuracy:.2f}",
                f"{probe.low:.2f}–{probe.high:.2f}",
                f"{probe.chance:.2f}",
                *(f"{probe.recall[name]:.2f}" for name in classes),
                probe.verdict,
            )
            for probe in probes.rows
        ),
    )
    return (
        f"The class as predicted from measures alone, none of them anatomy, on {probes.pictures:,} distinct "
        f"pictures in five folds; under each class its recall.\n\n{table}"
    )


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


def _suspected(audit: Audit) -> list[tuple[str, str]]:
    suspects = audit.suspects
    if suspects is None:
        return []
    if suspects.reason:
        return [("label errors", f"not looked for: {suspects.reason}")]
    counts = ", ".join(
        f"{name} {count} of {suspects.classes[name]:,}" for name, count in suspects.by_class.items()
    )
    found = f"{len(suspects.rows):,} suspected ({counts})" if suspects.rows else "none suspected"
    return [("label errors", f"{found}; balanced accuracy {suspects.accuracy:.2f} with {suspects.model}")]


def suspect_rows(audit: Audit) -> list[tuple[str, str, str, str, str]]:
    """Return the cells of each suspected label: picture, label, suggested, p of either."""
    rows = audit.suspects.rows if audit.suspects else []
    return [
        (audit.seen[row.position].id, row.label, row.suggested, f"{row.given:.3f}", f"{row.other:.3f}")
        for row in rows
    ]


SUSPECT_COLUMNS = ("picture", "label", "suggested", "p of the label", "p of the suggested")
"""What `suspect_rows` returns."""


def _suspects_text(audit: Audit) -> list[str]:
    suspects = audit.suspects
    if suspects is None:
        return []
    ((_, found),) = _suspected(audit)
    told = f"## Suspected label errors\n\n{found}.\n"
    if suspects.reason:
        return [told]
    return [
        f"{told}\n{suspects.caveat}\n\nFeatures: {suspects.features}.\n\n![suspects](suspects.png)\n",
        _table(SUSPECT_COLUMNS, suspect_rows(audit)),
    ]


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    listed = list(rows)
    if not listed:
        return "None.\n"
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in listed[:_LISTED]]
    more = len(listed) - _LISTED
    return "\n".join(lines) + (f"\n\n… and {more} more in audit.json." if more > 0 else "") + "\n"


def _cell(text: str) -> str:
    return "".join(c if c.isprintable() else "�" for c in text).replace("|", "\\|")

"""The findings in lines for people."""

from __future__ import annotations

from collections.abc import Sequence

from xaibrain.audit.examine import Audit

SUSPECT_COLUMNS = ("picture", "label", "suggested", "p of the label", "p of the suggested")
"""What `suspect_rows` returns."""


def findings(audit: Audit) -> list[tuple[str, str]]:
    """Return what was looked for and what was found, a line each."""
    twins = audit.twins
    return [
        ("pictures", f"{len(audit.seen):,}" + _unreadable(audit.unreadable)),
        *((f"  {split or 'classes'}", _counts(classes)) for split, classes in audit.balance.items()),
        ("equal to the byte", _grouped(twins.identical)),
        ("twins", f"{_grouped(twins.groups)} (alike ≥ {twins.alike:g}; equal files included)"),
        ("leaks", leaks_told(audit)),
        ("twins with two labels", _grouped(audit.conflicts)),
        *_probes(audit),
        *([("label errors", suspects_told(audit))] if audit.suspects else []),
    ]


def suspect_rows(audit: Audit) -> list[tuple[str, str, str, str, str]]:
    """Return the cells of each suspected label: picture, label, suggested, p of either."""
    rows = audit.suspects.rows if audit.suspects else []
    return [
        (audit.seen[row.position].id, row.label, row.suggested, f"{row.given:.3f}", f"{row.other:.3f}")
        for row in rows
    ]


def leaks_told(audit: Audit) -> str:
    """Return how many pictures of which split stand in which other, or why that was not looked for."""
    splits = [split for split in audit.balance if split]
    if len(splits) < 2:
        return "not looked for: the ids tell no two splits"
    told = []
    for small, large in sorted({(leak.split, leak.other_split) for leak in audit.leaks}):
        leaked = sum((leak.split, leak.other_split) == (small, large) for leak in audit.leaks)
        told.append(f"{leaked} of {sum(audit.balance[small].values())} {small} pictures stand in {large} too")
    return "; ".join(told) or f"none across {', '.join(splits)}"


def suspects_told(audit: Audit) -> str:
    """Return how many labels are doubtful, and how far to trust that; empty where no model was given."""
    suspects = audit.suspects
    if suspects is None:
        return ""
    if suspects.reason:
        return f"not looked for: {suspects.reason}"
    counts = ", ".join(
        f"{name} {count} of {suspects.classes[name]:,}" for name, count in suspects.by_class.items()
    )
    found = f"{len(suspects.rows):,} suspected ({counts})" if suspects.rows else "none suspected"
    return f"{found}; balanced accuracy {suspects.accuracy:.2f} with {suspects.model}"


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


def _grouped(groups: Sequence[Sequence[int]]) -> str:
    sizes = [len(group) for group in groups]
    if not sizes:
        return "none"
    return (
        f"{len(sizes)} group{'s' if len(sizes) > 1 else ''}, {sum(sizes)} files, the largest of {max(sizes)}"
    )


def _unreadable(lines: Sequence[str]) -> str:
    return f", and {len(lines)} that cannot be read" if lines else ""


def _counts(classes: dict[str, int]) -> str:
    named = (f"{name or 'no label'} {count:,}" for name, count in classes.items())
    most, least = max(classes.values()), min(classes.values())
    return ", ".join(named) + (f" ({most / least:.1f} to 1)" if len(classes) > 1 else "")

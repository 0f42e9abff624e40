"""The findings as a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xaibrain.audit.examine import Audit
from xaibrain.audit.findings import SUSPECT_COLUMNS, findings, leaks_told, suspect_rows, suspects_told
from xaibrain.markdown import table

_LISTED = 30


def markdown_of(audit: Audit) -> str:
    """Return the findings as a page, with the first of each list by name."""
    ids = [glance.id for glance in audit.seen]
    parts = [
        f"# Audit of {audit.name}\n",
        _first(("looked for", "found"), ((what.strip(), found) for what, found in findings(audit))),
        "\n![twins](twins.png)\n\n![distances](distances.png)\n",
        f"## Leaks\n\n{_why_leaks(audit)}\n",
        _first(
            ("picture", "stands in", "as", "likeness"),
            ((ids[k.position], k.other_split, ids[k.twin], f"{k.likeness:.3f}") for k in audit.leaks),
        ),
        "## Twins with more than one label\n",
        _first(
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
        _first(("what is wrong",), ((line,) for line in audit.unreadable)),
    ]
    return "\n".join(parts)


def _why_leaks(audit: Audit) -> str:
    if not audit.leaks:
        return leaks_told(audit).capitalize() + "."
    return f"{leaks_told(audit)}: a score on those measures memory."


def _confounds_text(audit: Audit) -> str:
    probes = audit.probes
    if probes.reason:
        return f"Not probed: {probes.reason}.\n"
    classes = list(probes.classes)
    probed = _first(
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
        f"pictures in five folds; under each class its recall.\n\n{probed}"
    )


def _suspects_text(audit: Audit) -> list[str]:
    suspects = audit.suspects
    if suspects is None:
        return []
    told = f"## Suspected label errors\n\n{suspects_told(audit)}.\n"
    if suspects.reason:
        return [told]
    return [
        f"{told}\n{suspects.caveat}\n\nFeatures: {suspects.features}.\n\n![suspects](suspects.png)\n",
        _first(SUSPECT_COLUMNS, suspect_rows(audit)),
    ]


def _first(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of the first rows, and how many there are besides."""
    listed = list(rows)
    more = len(listed) - _LISTED
    return table(columns, listed[:_LISTED]) + (f"\n… and {more} more in audit.json.\n" if more > 0 else "")

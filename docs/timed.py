"""Puts into the pages what tests/benchmarks found: `{{ timed TABLE }}` becomes one of the tables below."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

FILE = Path(__file__).parent / "measured" / "performance.json"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fill in a page; called by MkDocs for each."""
    return re.sub(r"\{\{ timed (.+?) \}\}", lambda match: TABLES[match[1]](), markdown)


@cache
def timed() -> dict[str, Any]:
    """Return all that was measured."""
    told: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return told


def masks_table() -> str:
    """Return the rate of RISE beside that of forward passes."""
    told = timed()["masks"]
    seconds = told["seconds"]
    names = {
        "batches": "`logits`, 32 at a time",
        "stream": "`stream`, nothing to write",
        "rise": f"RISE, {told['masks']:,} masks",
    }
    rows = [
        (what, f"{min(seconds[name]) * 1e3:.2f}", _ratio(seconds["batches"], seconds[name]))
        for name, what in names.items()
    ]
    return _table(("", "best, ms a picture", "rate beside `logits`"), rows)


def starting_table() -> str:
    """Return how long commands take from a cold process."""
    told = timed()["starting"]
    beside = {"xaibrain --help": "python -c pass", "xaibrain explain": "import tensorflow"}
    rows = [
        (
            f"`{name}`",
            f"{min(seconds):.2f}",
            _ratio(seconds, told[beside[name]]) + f" × `{beside[name]}`" if name in beside else "",
        )
        for name, seconds in told.items()
    ]
    return _table(("", "best, s", "median (range)"), rows)


def machine_line() -> str:
    """Return what the machine is."""
    told = timed()["machine"]
    return f"{told['cores']} cores of {told['name'] or 'a CPU'}, Python {told['python']}"


TABLES = {
    "machine": machine_line,
    "masks": masks_table,
    "starting": starting_table,
}


def _ratio(some: Sequence[float], others: Sequence[float]) -> str:
    """Return the median ratio of rounds, with its range."""
    ratios = [one / other for one, other in zip(some, others, strict=True)]
    return f"{median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])

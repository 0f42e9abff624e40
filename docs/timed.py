"""Puts into the pages what tests/benchmarks found: `{{ timed TABLE }}` becomes one of the tables below."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from statistics import median
from typing import Any

FILE = Path(__file__).parent / "measured" / "performance.json"
OURS = "xaibrain openvino"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fill in a page; called by MkDocs for each."""
    return re.sub(r"\{\{ timed (.+?) \}\}", lambda match: TABLES[match[1]](), markdown)


@cache
def timed() -> dict[str, Any]:
    """Return all that was measured."""
    told: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return told


def cost_table(batch: int) -> str:
    """Return what each library takes for a batch, beside its own forward pass and beside xaibrain."""
    times = timed()["cost"]["seconds"][str(batch)]
    rows = []
    for name, seconds in times.items():
        library, run = name.rsplit(" ", 1)
        own = times.get(f"{library} forward")
        beside_own = _ratio(seconds, own) if own and run != "forward" else ""
        ours = times.get(f"{OURS} {run}")
        beside_ours = _ratio(seconds, ours) if ours and library != OURS else ""
        rows.append((library, run, f"{min(seconds) * 1e3:,.1f}", beside_own, beside_ours))
    return _table(("library", "", "best, ms", "× its forward pass", "× xaibrain openvino"), rows)


def versions_table() -> str:
    """Return the versions of what was measured, and why something was not."""
    cost = timed()["cost"]
    told = {
        name: ", ".join(f"{one} {number}" for one, number in some.items())
        for name, some in cost["versions"].items()
    }
    rows = [
        (*one,)
        for one in {**told, **{name: f"skipped: {why}" for name, why in cost["skipped"].items()}}.items()
    ]
    return _table(("library", "versions"), rows)


def limit_table() -> str:
    """Return how near the forward pass is to what the cores can multiply."""
    told = timed()["limit"]
    least = told["operations"] / told["rate"]
    taken = min(timed()["cost"]["seconds"]["32"][f"{OURS} forward"]) / 32
    rows = [
        ("operations of one picture", f"{told['operations'] / 1e9:.3f} · 10⁹"),
        ("rate of float32 matrix products", f"{told['rate'] / 1e9:,.0f} · 10⁹ a second"),
        ("least time of a picture", f"{least * 1e3:.2f} ms"),
        (
            "forward pass in OpenVINO, batch 32",
            f"{taken * 1e3:.2f} ms a picture, {taken / least:.1f} times that",
        ),
    ]
    return _table(("", ""), rows)


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


def folders_table() -> str:
    """Return how fast folders are done, beside forward passes alone."""
    told = timed()["folders"]
    seconds, count = told["seconds"], told["pictures"]
    forward = seconds["forward"]
    rows = [("forward passes alone", f"{count / min(forward):,.0f}", "1", "1")]
    for name, what in (("none", "raw maps and records"), ("overlays", "the same, and overlays")):
        working = [whole - start for whole, start in zip(seconds[name], seconds["start"], strict=True)]
        rows.append(
            (what, f"{count / min(working):,.0f}", _ratio(forward, working), _ratio(forward, seconds[name]))
        )
    return _table(
        (f"{count:,} JPEGs", "best, pictures a second", "rate beside forward", "start included"), rows
    )


def memory_table() -> str:
    """Return the largest resident set over the size of the folder."""
    rows = [(f"{int(count):,}", f"{size:,} MiB") for count, size in timed()["folders"]["memory"].items()]
    return _table(("pictures", "largest resident set"), rows)


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
    "batch 1": partial(cost_table, 1),
    "batch 32": partial(cost_table, 32),
    "folders": folders_table,
    "limit": limit_table,
    "machine": machine_line,
    "masks": masks_table,
    "memory": memory_table,
    "starting": starting_table,
    "versions": versions_table,
}


def _ratio(some: Sequence[float], others: Sequence[float]) -> str:
    """Return the median ratio of rounds, with its range."""
    ratios = [one / other for one, other in zip(some, others, strict=True)]
    return f"{median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])

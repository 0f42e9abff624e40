"""Tables on stdout, for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from xaibrain.cli.plain import plain

_LONGEST = 40
_PIPE_WIDTH = 200


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "") -> None:
    """Print rows under column names; control characters in them do not reach the terminal."""
    table = Table(*columns, box=SIMPLE_HEAD, caption=caption or None, caption_justify="left", pad_edge=False)
    for row in rows:
        table.add_row(*(Text(plain(cell), overflow="fold") for cell in row))
    # In a file or pipe nothing is gained by folding at 80 columns.
    console = Console()
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    console.print(table)


def results_table(records: Sequence[Mapping[str, Any]]) -> None:
    """Print the first records of a run, one a line, the layers that were read, and what methods note."""
    rows = [_row(record) for record in records[:_LONGEST]]
    more = len(records) - len(rows)
    columns = ("picture", "label", "predicted", "p", "method", "target", "status")
    print_table(columns, rows, f"… and {more} more in explanations.jsonl" if more > 0 else "")
    layers = {(record["explainer"], record["layer_reason"]) for record in records if record["layer_reason"]}
    for explainer, reason in sorted(layers):
        click.echo(plain(f"{explainer}, layer {reason}"))
    for explainer, count, said in _sentences(records):
        click.echo(plain(f"{explainer}, {count} of its maps: {said}"))


def _sentences(records: Sequence[Mapping[str, Any]]) -> list[tuple[str, int, str]]:
    """Return what methods note in words, with the number of maps that it is noted of."""
    alone = len({record["explainer"] for record in records if not record["error"]}) == 1
    said = Counter(
        (record["explainer"], note)
        for record in records
        for name, note in (record["notes"] or {}).items()
        # Which methods are one map is of interest where several were asked.
        if isinstance(note, str) and not (alone and name == "coincides")
    )
    return [(method, count, note) for (method, note), count in sorted(said.items())]


def _row(record: Mapping[str, Any]) -> Sequence[str]:
    label = record["label"] or "–"
    if record["error"]:
        return (record["id"], label, "", "", record["explainer"] or "", "", "error")
    predicted = record["predicted"]
    p = f"{record['probabilities'][predicted]:.2f}"
    return (record["id"], label, predicted, p, record["explainer"], record["target"], record["status"])

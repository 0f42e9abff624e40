"""Tables on stdout, for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from xaibrain.cli.plain import plain
from xaibrain.cli.tally import Tally

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


def results_table(told: Tally) -> None:
    """Print the first records of a run, one a line, the layers that were read, and what methods note."""
    more = len(told) - len(told.first)
    columns = ("picture", "label", "predicted", "p", "method", "target", "status")
    print_table(
        columns, map(_row, told.first), f"… and {more} more in explanations.jsonl" if more > 0 else ""
    )
    for explainer, reason in sorted(told.layers):
        click.echo(plain(f"{explainer}, layer {reason}"))
    for (explainer, note), count in sorted(told.notes.items()):
        click.echo(plain(f"{explainer}, {count} of its maps: {note}"))


def _row(record: Mapping[str, Any]) -> Sequence[str]:
    label = record["label"] or "–"
    if record["error"]:
        return (record["id"], label, "", "", record["explainer"] or "", "", "error")
    predicted = record["predicted"]
    p = f"{record['probabilities'][predicted]:.2f}"
    return (record["id"], label, predicted, p, record["explainer"], record["target"], record["status"])

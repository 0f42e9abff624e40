"""Puts into the pages what the code itself says.

`{{ card NAME }}` becomes a table of a checkpoint's card, `{{ help COMMAND }}` what its `--help` prints,
`{{ rules KIND }}` the rules that plugins of a kind are held to, `{{ peers }}` and `{{ metric-peers }}` what
peers.py and metric_peers.py found when they were last run.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from xaibrain.cli.group import cli
from xaibrain.models.card import read_card
from xaibrain.testing.kinds import KINDS
from xaibrain_efficientnet.checkpoints import FOLDER

PEERS = Path(__file__).parent / "peers.json"
METRIC_PEERS = Path(__file__).parent / "metric_peers.json"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fill in a page; called by MkDocs for each."""
    markdown = markdown.replace("{{ peers }}", peers_table())
    markdown = markdown.replace("{{ metric-peers }}", metric_peers_table())
    markdown = re.sub(r"\{\{ card (.+?) \}\}", lambda match: table(match[1]), markdown)
    markdown = re.sub(r"\{\{ rules (\w+) \}\}", lambda match: rules(match[1]), markdown)
    return re.sub(r"\{\{ help ?(.*?) \}\}", lambda match: help_text(match[1]), markdown)


def rules(kind: str) -> str:
    """Return the rules for a kind of plugin, as Markdown."""
    rows = [f"| `{rule.name}` | {rule.demand} |" for rule in KINDS[kind].rules]
    return "\n".join(["| Rule | |", "|---|---|", *rows])


def peers_table() -> str:
    """Return how far our maps are from those of other libraries, as Markdown."""
    found = json.loads(PEERS.read_text("utf-8"))
    lines = ["| Method | Largest difference | Rank correlation, at least |", "|---|---|---|"]
    for name, pictures in found["pairs"].items():
        difference = max(difference for difference, _ in pictures)
        told = f"{difference:.2f}" if difference > 0.005 else f"{difference:.0e}"
        lines.append(f"| `{name}` | {told} | {min(rank for _, rank in pictures):.4f} |")
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return "\n".join([*lines, "", f"Measured with {versions}."])


def metric_peers_table() -> str:
    """Return how far our metrics are from those of other libraries, as Markdown."""
    found = json.loads(METRIC_PEERS.read_text("utf-8"))
    lines = ["| Metric | Library | Largest difference, of the largest value |", "|---|---|---|"]
    for library, told in found.items():
        for name, difference in told["differences"].items():
            lines.append(f"| `{name}` | {library.title()} {told['version']} | {difference:.0e} |")
    return "\n".join(lines)


def help_text(command: str) -> str:
    """Return what `xaibrain COMMAND --help` prints."""
    answer = CliRunner().invoke(cli, [*command.split(), "--help"], prog_name="xaibrain")
    return f"```text\n{answer.output}```"


def accuracy(name: str) -> str:
    """Return the held-out accuracy of a checkpoint, with its interval, in words."""
    scored = card(name)["held_out"]
    return (
        f"{scored['value']:.3f} (95% interval {scored['low']:.3f}–{scored['high']:.3f}; "
        f"{scored['pictures']:,} pictures in {scored['groups']:,} groups)"
    )


def table(name: str) -> str:
    """Return what a card says, as Markdown."""
    told = card(name)
    split, prepared, recipe = told["split"], told["preprocessing"], told["recipe"]
    height, width = prepared["size"]
    recall = ", ".join(f"{label} {share:.3f}" for label, share in told["held_out"]["recall"].items())
    rows = {
        "Held-out accuracy": accuracy(name),
        "Found of each class": recall,
        "Pictures": f"{split['pictures']:,} in {split['groups']:,} groups",
        "Held out": f"{len(split['held_out']):,} pictures",
        "Split": split["method"],
        "Input": f"{height} × {width}, crop {prepared['crop']}, {prepared['fit']}",
        "Recipe": ", ".join(f"{key} {value}" for key, value in recipe.items()),
        "Software": ", ".join(f"{key} {value}" for key, value in told["versions"].items()),
        "File": f"{(FOLDER / f'{name}.keras').stat().st_size / 1e6:.1f} MB",
    }
    command = re.sub(r" (-\w) ", r" \\\n  \1 ", told["command"])
    lines = [f"| {key} | {value} |" for key, value in rows.items()]
    return "\n".join(["| Card | |", "|---|---|", *lines, "", "```bash", command, "```"])


def card(name: str) -> dict[str, Any]:
    """Read the card of a checkpoint that comes with the package."""
    return read_card(FOLDER / f"{name}.keras")

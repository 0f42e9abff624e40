"""Puts into the pages what docs/which.py found: `{{ which WHAT }}` becomes one of the texts below."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import xaibrain
from xaibrain.defaults import BASELINES

FILE = Path(__file__).parent / "measured" / "which.json"
SHIPPED = {"phantom": "phantom-efficientnet", "boxes": "brain-mri-efficientnet-b0"}
NAMES = {"relevance-mass": "mass on the lesion", "pointing-game": "peak on the lesion"}
COVARIANCE = "`rise` `-s estimate=covariance`"


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fill in a page; called by MkDocs for each."""
    return re.sub(r"\{\{ which (.+?) \}\}", lambda match: text(match[1]), markdown)


def text(what: str) -> str:
    """Return what a placeholder stands for."""
    name, *given = what.split()
    return TEXTS[name](*given)


def measured(part: str) -> dict[str, Any]:
    """Return what was found in one part."""
    found: dict[str, Any] = json.loads(FILE.read_text("utf-8"))[part]
    return found


def count(part: str) -> str:
    """Return how many pictures decided."""
    found = measured(part)
    pictures, groups = found["pictures"], found["groups"]
    return f"{pictures:,} pictures" + (f" in {groups:,} groups" if groups != pictures else "")


def places(part: str) -> str:
    """Return how well the maps of every method find the place."""
    rows = measured(part)["rows"]
    lines = []
    for row in rows["relevance-mass"]:
        cells = (_cell(rows[metric][row], row) for metric in NAMES)
        lines.append((_named(row), *cells, str(rows["relevance-mass"][row]["n"])))
    return _table(("method", *NAMES.values(), "n"), lines)


def layers(metric: str) -> str:
    """Return the means of each method at each layer: on boxes, and on planted lesions."""
    boxes, planted = (measured(part)["rows"][metric] for part in ("boxes", "planted"))
    read = [row.split("@") for row in boxes if "@" in row]
    order = sorted({layer for _, layer in read}, key=_depth, reverse=True)
    empty = [""] * (len(order) - 1)
    lines = []
    for method in dict.fromkeys(method for method, _ in read):
        pairs = ((boxes[f"{method}@{layer}"], planted[f"{method}@{layer}"]) for layer in order)
        lines.append((f"`{method}`", *(f"{_mark(one)} · {_mark(other)}" for one, other in pairs)))
    alone = [row for row in boxes if "@" not in row]
    lines += [(_named(row), f"{_mark(boxes[row])} · {_mark(planted[row])}", *empty) for row in alone]
    return _table((NAMES[metric], *(f"`{layer}`" for layer in order)), lines)


def faithful() -> str:
    """Return what needs no mask."""
    rows = measured("faithful")["rows"]
    heads = [f"`{name}` {'↑' if xaibrain.load_metric(name).higher_is_better else '↓'}" for name in rows]
    first = next(iter(rows.values()))
    lines = [(_named(row), *(_cell(rows[name][row], row) for name in rows)) for row in first]
    return _table(("method", *heads), lines)


def lost(part: str, metric: str) -> str:
    """Return the methods that were not shown to beat every baseline."""
    rows = measured(part)["rows"][metric]
    names = [_named(row) for row, found in rows.items() if found["beats"] is False]
    nothing = [_named(row) for row, found in rows.items() if found["mean"] is None]
    told = ", ".join(names) or "none"
    return f"{told}; undefined for all: {', '.join(nothing)}" if nothing else told


def tau(metric: str) -> str:
    """Return Kendall's tau between the two rankings."""
    found = measured("planted")["kendall"][metric]
    value, low, high = found["tau"]
    return f"{value:.2f} (95 % {low:.2f} to {high:.2f})"


def stale() -> str:
    """Return a warning if the numbers are those of other weights than come along; else nothing."""
    old = [
        name for part, name in SHIPPED.items()
        if measured(part)["model"] != xaibrain.load_model(name).fingerprint
    ]  # fmt: skip
    if not old:
        return ""
    told = " and ".join(f"`{name}`" for name in old)
    return f"!!! note\n    The numbers of {told} are those of other weights than come along now.\n"


TEXTS: dict[str, Callable[..., str]] = {
    "count": count,
    "places": places,
    "layers": layers,
    "faithful": faithful,
    "lost": lost,
    "tau": tau,
    "stale": stale,
}


def _named(row: str) -> str:
    method = row.split("@")[0]
    name = COVARIANCE if method == "rise-covariance" else f"`{method}`"
    return f"*{method}*" if method in BASELINES else name


def _cell(found: dict[str, Any], row: str) -> str:
    if found["mean"] is None:
        return "–"
    value, low, high = (f"{number:.2f}" for number in found["mean"])
    return f"{_bold(value, found)} ({low} to {high})"


def _mark(found: dict[str, Any]) -> str:
    return "–" if found["mean"] is None else _bold(f"{found['mean'][0]:.2f}", found)


def _bold(value: str, found: dict[str, Any]) -> str:
    return f"**{value}**" if found["beats"] else value


def _depth(layer: str) -> float:
    found = re.search(r"block(\d)(\w)", layer)
    return float("inf") if not found else int(found[1]) + ord(found[2]) / 1000


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])

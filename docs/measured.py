"""Puts into the pages what docs/measure.py found: `{{ measured TABLE }}` becomes one of the tables below."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "measured" / "brain-mri-efficientnet-b0.json"
METRICS = {
    "pointing-game": "peak in the box",
    "relevance-ratio": "mass in the box over its area",
}


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Fill in a page; called by MkDocs for each."""
    return re.sub(r"\{\{ measured (.+?) \}\}", lambda match: TABLES[match[1]](), markdown)


def measured() -> dict[str, Any]:
    """Return all that was measured."""
    told: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return told


def splits_table() -> str:
    """Return the three scores of one model, side by side."""
    rows = []
    for on, found in measured()["evaluations"].items():
        seen = f"{found['seen']:,} of {found['pictures']:,}"
        rows.append((f"`--on {on}`", seen, _interval(found["accuracy"]), _interval(found["macro_f1"])))
    return _table(("pictures", "seen in training", "accuracy", "macro-F1"), rows)


def held_out_table() -> str:
    """Return the scores on what was held out."""
    found = measured()["evaluations"]["held-out"]
    rows = [
        (
            "pictures",
            f"{found['pictures']:,} in {found['groups']:,} groups; {found['seen']:,} seen in training",
        ),
        ("accuracy", _interval(found["accuracy"])),
        ("macro-F1", _interval(found["macro_f1"])),
        ("accuracy, each group once", _interval(found["accuracy_by_group"])),
        ("macro-F1, each group once", _interval(found["macro_f1_by_group"])),
        ("ROC-AUC, one against the rest", _interval(found["roc_auc"])),
        ("calibration error, unscaled", f"{found['ece_unscaled']:.3f}"),
        ("calibration error, scaled by other folds", f"{found['ece_cross_fitted']:.3f}"),
        ("calibration error, were the model perfectly calibrated", _interval(found["ece_if_calibrated"])),
    ]
    return _table(("", "value (95 %)"), rows)


def classes_table() -> str:
    """Return the classification report on what was held out."""
    classes = measured()["evaluations"]["held-out"]["classes"]
    rows = [(name, *(f"{number:.3f}" for number in own[:3]), f"{own[3]:,}") for name, own in classes.items()]
    return _table(("class", "precision", "recall", "F1", "pictures"), rows)


def confusion_table() -> str:
    """Return the confusion matrix on what was held out."""
    found = measured()["evaluations"]["held-out"]
    names = list(found["classes"])
    rows = [(name, *map(str, row)) for name, row in zip(names, found["confusion"], strict=True)]
    return _table(("true class", *names), rows)


def where_table(metric: str) -> str:
    """Return how well each method finds the boxes by a metric: overall, in each class, in unseen slices."""
    told = measured()["where"]
    standings = told["metrics"][metric]
    rows = []
    for standing in standings:
        numbers = (*standing["classes"].values(), standing["unseen"])
        method = standing["method"].partition("@")[0]
        name = f"*{method}*" if standing["baseline"] else method
        rows.append((name, _interval(standing["mean"], 2), *(f"{number:.2f}" for number in numbers)))
    classes = (name.removesuffix("_tumor") for name in standings[0]["classes"])
    return _table((METRICS[metric], "all (95 %)", *classes, f"{told['unseen']:,} unseen"), rows)


TABLES = {
    "splits": splits_table,
    "held-out": held_out_table,
    "classes": classes_table,
    "confusion": confusion_table,
    "peak": partial(where_table, "pointing-game"),
    "mass": partial(where_table, "relevance-ratio"),
}


def _interval(three: Sequence[float], digits: int = 3) -> str:
    value, low, high = (f"{number:.{digits}f}" for number in three)
    return f"{value} ({low}–{high})"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])

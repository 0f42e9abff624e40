"""An evaluation's folder: record, page, predictions and figures, each file whole or not there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xaibrain.evaluation.calibration import Floats, reliability
from xaibrain.evaluation.record import Evaluation
from xaibrain.evaluation.report import csv_of, markdown_of, record_of
from xaibrain.render.confusion import confusion_figure
from xaibrain.render.curves import curves_figure
from xaibrain.render.predictions import Shown, predictions_figure
from xaibrain.render.reliability import Diagram, reliability_figure
from xaibrain.writing import replaced

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHOWN = 24


def write_evaluation(evaluation: Evaluation, folder: Path) -> list[str]:
    """Write evaluation.json, evaluation.md, predictions.csv and the figures that they speak of.

    Args:
        evaluation: What to write.
        folder: Is made where it is missing; files of the same names are replaced.

    Returns:
        The names of the files.

    Raises:
        OutputError: A file cannot be written.
    """
    figures = figures_of(evaluation)
    for name, figure in figures.items():
        with replaced(folder / name) as part:
            figure.savefig(part, format="png")
    texts = {
        "predictions.csv": csv_of(evaluation),
        "evaluation.md": markdown_of(evaluation, list(figures)),
        "evaluation.json": json.dumps(record_of(evaluation), ensure_ascii=False, indent=1) + "\n",
    }
    for name, text in texts.items():
        with replaced(folder / name) as part:
            part.write_text(text, encoding="utf-8")
    return [*figures, *texts]


def figures_of(evaluation: Evaluation) -> dict[str, Figure]:
    """Return the figures by file name; curves only where the card has them."""
    about = f"{evaluation.model} on {evaluation.dataset}, {evaluation.on}"
    figures = {
        "confusion.png": confusion_figure(about, evaluation.scores.confusion, evaluation.class_names),
        "reliability.png": reliability_figure(f"{about}: calibration", _diagrams(evaluation)),
        "predictions.png": predictions_figure(
            f"{about}: some of {evaluation.scores.pictures:,} predictions",
            _shown(evaluation, some(evaluation)),
        ),
        "failures.png": predictions_figure(
            f"{about}: the mistakes that the model is surest of, near-duplicates once",
            _shown(evaluation, mistakes(evaluation)),
        ),
    }
    curves = evaluation.card.get("curves")
    if curves:
        figures["curves.png"] = curves_figure(f"{evaluation.model}: training", curves)
    return figures


def some(evaluation: Evaluation) -> NDArray[np.int64]:
    """Return the places of up to 24 pictures, drawn at random class by class, as evenly as there are."""
    rng = np.random.default_rng(evaluation.seed)
    labels = evaluation.predictions.labels
    shuffled = rng.permutation(len(labels))
    # Of each class the first, then of each the second, and so on.
    turns = np.empty(len(labels), np.int64)
    for label in np.unique(labels):
        own = np.flatnonzero(labels[shuffled] == label)
        turns[own] = np.arange(len(own))
    first = shuffled[np.argsort(turns, kind="stable")][:_SHOWN]
    return first[np.argsort(labels[first], kind="stable")]


def mistakes(evaluation: Evaluation) -> NDArray[np.int64]:
    """Return the places of up to 24 wrong predictions, the most confident first, one a group of twins."""
    found = evaluation.predictions
    wrong = np.flatnonzero(found.probabilities.argmax(axis=1) != found.labels)
    surest = wrong[np.argsort(-found.probabilities[wrong].max(axis=1), kind="stable")]
    firsts = np.unique(found.groups[surest], return_index=True)[1]
    return surest[np.sort(firsts)][:_SHOWN]


def _shown(evaluation: Evaluation, places: NDArray[np.int64]) -> list[Shown]:
    found, names = evaluation.predictions, evaluation.class_names
    return [
        Shown(
            found.items[place].read(),
            names[found.labels[place]],
            names[int(found.probabilities[place].argmax())],
            float(found.probabilities[place].max()),
        )
        for place in places
    ]


def _diagrams(evaluation: Evaluation) -> list[Diagram]:
    found, calibration = evaluation.predictions, evaluation.calibration
    if calibration is None:
        return [_diagram("as shown", found.probabilities, found.labels)]
    return [
        _diagram("at temperature 1", found.unscaled, found.labels),
        _diagram("scaled by temperatures of other groups", calibration.scaled, found.labels),
    ]


def _diagram(title: str, probabilities: Floats, labels: NDArray[np.int64]) -> Diagram:
    bins = reliability(probabilities, labels)
    return Diagram(f"{title}: ECE {bins.ece:.3f}", bins.counts, bins.confidence, bins.accuracy)

"""An evaluation as a record for machines, as pages and as rows."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import fields
from importlib.metadata import version
from typing import Any

import numpy as np

from xaibrain.evaluation.record import Evaluation
from xaibrain.evaluation.scores import MEASURES, Estimate, Scores
from xaibrain.markdown import table

FORMAT = 1
"""Of the record; a change that readers would notice raises it."""

PROPER = ("ece", "ece_if_calibrated", "brier", "log_loss")
"""The measures that a temperature changes."""


def record_of(evaluation: Evaluation) -> dict[str, Any]:
    """Return everything that was found but the single predictions; fit for JSON, NaN as null."""
    exposure, calibration = evaluation.exposure, evaluation.calibration
    return {
        "format": FORMAT,
        "dataset": evaluation.dataset,
        "model": {
            "name": evaluation.model,
            "fingerprint": evaluation.fingerprint,
            "head": evaluation.head,
            "temperature": evaluation.stored_temperature,
        },
        "on": evaluation.on,
        "seed": evaluation.seed,
        "warning": evaluation.warning or None,
        "unreadable": [failure.error for failure in evaluation.failures],
        "scores": _scores(evaluation.scores),
        "exposure": exposure and {
            "trained": exposure.trained,
            "compared": exposure.compared,
            "trained_on": list(exposure.trained_on),
            "copies": [
                {**{part.name: getattr(copy, part.name) for part in fields(copy)},
                 "likeness": round(copy.likeness, 4)}
                for copy in exposure.copies
            ],
        },
        "unseen": evaluation.unseen and _scores(evaluation.unseen),
        "calibration": calibration and {
            "temperature": round(calibration.temperature.value, 6),
            "found": calibration.temperature.found,
            "before": _named(calibration.before, PROPER),
            "after_cross_fitted": _named(calibration.after, PROPER),
        },
        "versions": {"xaibrain": version("xaibrain"), "scikit-learn": version("scikit-learn")},
    }  # fmt: skip


def overview(evaluation: Evaluation) -> list[tuple[str, str]]:
    """Return what was evaluated, a line each."""
    scores, failed = evaluation.scores, len(evaluation.failures)
    unreadable = f"; {failed} could not be scored" if failed else ""
    return [
        ("dataset", evaluation.dataset),
        ("model", evaluation.model),
        ("pictures", f"{evaluation.on}: {scores.pictures:,} in {scores.groups:,} groups{unreadable}"),
        ("seen in training", _exposed(evaluation)),
    ]


def measures(evaluation: Evaluation) -> list[tuple[str, str, str]]:
    """Return each measure with its value and its interval; and accuracy on what was not seen."""
    rows = [
        (name, _number(estimate.value), _interval(estimate))
        for field, name in MEASURES.items()
        for estimate in [getattr(evaluation.scores, field)]
    ]
    if evaluation.unseen:
        for field in ("accuracy", "macro_f1"):
            estimate = getattr(evaluation.unseen, field)
            name = f"{MEASURES[field]} on the {evaluation.unseen.pictures:,} not seen in training"
            rows.append((name, _number(estimate.value), _interval(estimate)))
    return rows


CLASS_COLUMNS = ("class", "precision", "recall", "95 %", "F1", "ROC-AUC", "pictures")


def class_rows(scores: Scores) -> list[tuple[str, ...]]:
    """Return the classification report, a class each, under `CLASS_COLUMNS`."""
    return [
        (name, _number(own.precision), _number(own.recall.value), _interval(own.recall), _number(own.f1),
         _number(own.roc_auc), f"{own.support:,}")
        for name, own in scores.classes.items()
    ]  # fmt: skip


def confusion_rows(evaluation: Evaluation) -> list[tuple[str, ...]]:
    """Return the confusion matrix, a true class each: its name, then counts of the predicted ones."""
    return [
        (name, *(f"{count:,}" for count in row))
        for name, row in zip(evaluation.class_names, evaluation.scores.confusion, strict=True)
    ]


CALIBRATION_COLUMNS = ("calibration", "ECE", "if calibrated", "95 %", "Brier score", "log loss")


def calibration_rows(evaluation: Evaluation) -> list[tuple[str, ...]]:
    """Return what a temperature changes, before and after, under `CALIBRATION_COLUMNS`; empty without one."""
    found = evaluation.calibration
    if not found:
        return []
    rows = [("at temperature 1", found.before), ("scaled, each fold by the others' temperature", found.after)]
    if evaluation.stored_temperature != 1:
        rows.insert(1, (f"as stored, at {evaluation.stored_temperature:.3f}", evaluation.scores))
    return [
        (name, _number(own.ece.value), _number(own.ece_if_calibrated.value), _interval(own.ece_if_calibrated),
         _number(own.brier.value), _number(own.log_loss.value))
        for name, own in rows
    ]  # fmt: skip


def calibration_line(evaluation: Evaluation) -> str:
    """Return what was fitted, or why nothing was."""
    found = evaluation.calibration
    if not found:
        return "No temperature was fitted: that takes two groups, and probabilities that sum to 1."
    if not found.temperature.found:
        return "No temperature is the best: likelihood grows up to the end of the range that is searched."
    return (
        f"Fitted on all {evaluation.scores.pictures:,} pictures: temperature {found.temperature.value:.3f}."
    )


def markdown_of(evaluation: Evaluation, figures: Sequence[str]) -> str:
    """Return the evaluation as a page.

    Args:
        evaluation: What to tell.
        figures: Names of the picture files beside the page.
    """
    names = evaluation.class_names
    warning = f"> **Warning.** {evaluation.warning}\n" if evaluation.warning else ""
    parts = [
        f"# {evaluation.model} on {evaluation.dataset}\n",
        warning,
        table(("", ""), overview(evaluation)),
        table(("measure", "value", "95 % interval"), measures(evaluation)),
        "Intervals: percentile bootstrap over groups of near-duplicates.\n",
        "## Classes\n",
        table(CLASS_COLUMNS, class_rows(evaluation.scores)),
        "## Confusion matrix\n\nRows are the true class.\n",
        table(("", *names), confusion_rows(evaluation)),
        "## Calibration\n",
        calibration_line(evaluation) + "\n",
        table(CALIBRATION_COLUMNS, calibration_rows(evaluation)),
        "## Figures\n",
        *(f"![{name.removesuffix('.png')}]({name})\n" for name in figures),
        "## Pictures that could not be scored\n",
        table(("what is wrong",), ((failure.error,) for failure in evaluation.failures)),
    ]
    return "\n".join(part for part in parts if part)


def csv_of(evaluation: Evaluation) -> str:
    """Return the predictions: id, label, predicted, a probability a class, group, seen in training."""
    names, found = evaluation.class_names, evaluation.predictions
    seen = evaluation.exposure.ids if evaluation.exposure else None
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(["id", "label", "predicted", *names, "group", "seen_in_training"])
    for id, label, probabilities, group in zip(
        found.ids, found.labels, found.probabilities, found.groups, strict=True
    ):
        predicted = names[int(np.argmax(probabilities))]
        known = "" if seen is None else str(id in seen).lower()
        writer.writerow([id, names[label], predicted, *(f"{p:.6f}" for p in probabilities), group, known])
    return page.getvalue()


def _exposed(evaluation: Evaluation) -> str:
    exposure = evaluation.exposure
    if exposure is None:
        return "not known: the model's card names no picture of this dataset"
    compared = f"compared with {exposure.compared:,} of the {exposure.trained:,} that it was trained on"
    return f"{len(exposure.ids):,}, {compared}"


def _scores(scores: Scores) -> dict[str, Any]:
    return {
        "pictures": scores.pictures,
        "groups": scores.groups,
        **_named(scores, (*MEASURES, "ece_if_calibrated")),
        "classes": {
            name: {
                "precision": _short(own.precision),
                "recall": _estimate(own.recall),
                "f1": _short(own.f1),
                "roc_auc": _short(own.roc_auc),
                "support": own.support,
            }
            for name, own in scores.classes.items()
        },
        "confusion": scores.confusion.tolist(),
    }


def _named(scores: Scores, names: Sequence[str]) -> dict[str, Any]:
    return {name: _estimate(getattr(scores, name)) for name in names}


def _estimate(estimate: Estimate) -> dict[str, float | None]:
    return {"value": _short(estimate.value), "low": _short(estimate.low), "high": _short(estimate.high)}


def _short(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}"


def _interval(estimate: Estimate) -> str:
    return "" if math.isnan(estimate.low) else f"{estimate.low:.3f}–{estimate.high:.3f}"

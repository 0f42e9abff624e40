"""How good predictions are: scikit-learn's measures, each with an interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xaibrain.evaluation.calibration import (
    Floats,
    Labels,
    ece_if_calibrated,
    expected_calibration_error,
    summing,
)
from xaibrain.evaluation.weighted import Weighted, mean_of_known
from xaibrain.ops.bootstrap import group_intervals


@dataclass(frozen=True)
class Estimate:
    """A measure with its 95 % interval.

    Attributes:
        value: NaN where the measure has no meaning, such as the ROC-AUC of a class without pictures.
        low: Lower end of the percentile bootstrap over groups; NaN where there is none.
        high: Upper end likewise.
    """

    value: float
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True)
class ClassScores:
    """One class against the rest.

    Attributes:
        precision: Share of those called so that are so; 0 where none is called so.
        recall: Share of those that are so that are called so; NaN where the class has no picture.
        f1: Harmonic mean of the two.
        roc_auc: Area under the receiver operating characteristic; NaN without pictures on both sides.
        support: Pictures of the class.
    """

    precision: float
    recall: Estimate
    f1: float
    roc_auc: float
    support: int


@dataclass(frozen=True)
class Scores:
    """What is said of a set of predictions. Means over classes leave out those without a picture.

    Attributes:
        pictures: How many were scored.
        groups: How many groups of near-duplicates they fall into.
        accuracy: Share that is right.
        balanced_accuracy: Mean recall.
        macro_f1: Mean F1.
        accuracy_by_group: Accuracy where every group counts as one picture, however often it was copied.
        macro_f1_by_group: Mean F1 likewise.
        roc_auc: Mean of each class against the rest.
        log_loss: Mean negative logarithm of the true class' probability; NaN, like the next two, where
            the probabilities of a picture do not sum to 1.
        brier: Mean squared distance from the true class, summed over classes: 0 to 2 (Brier 1950).
        ece: Expected calibration error, top label, 15 equal bins (Guo et al. 2017). It has no interval:
            in resampled data it comes out too high.
        ece_if_calibrated: What it would be on as many pictures if the probabilities were true: the mean,
            and where 95 % of draws lie.
        classes: Class to its own scores.
        confusion: (classes, classes) counts; rows are the true class.
    """

    pictures: int
    groups: int
    accuracy: Estimate
    balanced_accuracy: Estimate
    macro_f1: Estimate
    accuracy_by_group: Estimate
    macro_f1_by_group: Estimate
    roc_auc: Estimate
    log_loss: Estimate
    brier: Estimate
    ece: Estimate
    ece_if_calibrated: Estimate
    classes: dict[str, ClassScores]
    confusion: NDArray[np.int64]


MEASURES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro-F1",
    "accuracy_by_group": "accuracy, each group once",
    "macro_f1_by_group": "macro-F1, each group once",
    "roc_auc": "ROC-AUC, one against the rest",
    "log_loss": "log loss",
    "brier": "Brier score",
    "ece": "ECE",
}
"""The fields of `Scores` that are estimates, and what people call them."""


def scores_of(
    probabilities: Floats,
    labels: Labels,
    groups: Labels,
    class_names: tuple[str, ...],
    seed: int = 0,
    draws: int = 2000,
) -> Scores:
    """Score predictions.

    Args:
        probabilities: (n, classes), 0 to 1; n is at least 1.
        labels: (n,) class indices.
        groups: (n,) group numbers; near-duplicates share one.
        class_names: Of the columns.
        seed: Of the bootstrap.
        draws: Of the bootstrap.
    """
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    numbers = range(len(class_names))
    predicted = probabilities.argmax(axis=1)
    precision, recall, f1, support = precision_recall_fscore_support(
        labels, predicted, labels=numbers, zero_division=0
    )
    present = support > 0
    recall = np.where(present, recall, np.nan)
    aucs = _roc_aucs(probabilities, labels)
    weighted = Weighted(probabilities, labels, groups)
    values = np.array([
        (predicted == labels).mean(), recall[present].mean(), f1[present].mean(),
        *weighted.by_group(np.ones((1, len(labels))))[0],
        mean_of_known(aucs), *_proper(probabilities, labels), *recall,
    ])  # fmt: skip
    ends = np.full((2, len(values)), np.nan)
    # A single group resampled is always itself: that would look like certainty.
    if len(np.unique(groups)) > 1:
        ends = group_intervals(weighted, groups, np.random.default_rng(seed), draws)
    estimates = [Estimate(*map(float, three)) for three in zip(values, *ends, strict=True)]
    rows = zip(precision, estimates[8:], f1, aucs, support, strict=True)
    classes = [ClassScores(float(p), r, float(f), float(auc), int(count)) for p, r, f, auc, count in rows]
    return Scores(
        pictures=len(labels),
        groups=len(np.unique(groups)),
        accuracy=estimates[0],
        balanced_accuracy=estimates[1],
        macro_f1=estimates[2],
        accuracy_by_group=estimates[3],
        macro_f1_by_group=estimates[4],
        roc_auc=estimates[5],
        log_loss=estimates[6],
        brier=estimates[7],
        **_calibration(probabilities, labels, groups, seed, draws),
        classes=dict(zip(class_names, classes, strict=True)),
        confusion=np.asarray(confusion_matrix(labels, predicted, labels=numbers), np.int64),
    )


def _roc_aucs(probabilities: Floats, labels: Labels) -> NDArray[np.float64]:
    from sklearn.metrics import roc_auc_score

    aucs = [
        roc_auc_score(labels == index, column) if 0 < (labels == index).sum() < len(labels) else math.nan
        for index, column in enumerate(probabilities.T)
    ]
    return np.array(aucs, np.float64)


def _proper(probabilities: Floats, labels: Labels) -> tuple[float, float]:
    """Return log loss and Brier score."""
    from sklearn.metrics import brier_score_loss, log_loss

    if not summing(probabilities):
        return math.nan, math.nan
    rows = probabilities / probabilities.sum(axis=1, keepdims=True)
    classes: Any = range(probabilities.shape[1])
    return (
        float(log_loss(labels, rows, labels=classes)),
        float(brier_score_loss(labels, rows, labels=classes, scale_by_half=False)),
    )


def _calibration(
    probabilities: Floats, labels: Labels, groups: Labels, seed: int, draws: int
) -> dict[str, Estimate]:
    """Return the ECE, and that of a calibrated model."""
    if not summing(probabilities):
        return {"ece": Estimate(math.nan), "ece_if_calibrated": Estimate(math.nan)}
    lucky = ece_if_calibrated(probabilities, groups, seed, draws)
    return {
        "ece": Estimate(expected_calibration_error(probabilities, labels)),
        "ece_if_calibrated": Estimate(float(lucky.mean()), *map(float, np.percentile(lucky, (2.5, 97.5)))),
    }

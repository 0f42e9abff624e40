"""How good predictions are: scikit-learn's measures, each with an interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xaibrain.evaluation.calibration import Floats, Labels, ece_if_calibrated, expected_calibration_error
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
    values = np.array([
        (predicted == labels).mean(), recall[present].mean(), f1[present].mean(), _mean(aucs),
        *_proper(probabilities, labels), *recall,
    ])  # fmt: skip
    ends = np.full((2, len(values)), np.nan)
    # A single group resampled is always itself: that would look like certainty.
    if len(np.unique(groups)) > 1:
        weighted = Weighted(probabilities, labels)
        ends = group_intervals(weighted, groups, np.random.default_rng(seed), draws)
    estimates = [Estimate(*map(float, three)) for three in zip(values, *ends, strict=True)]
    rows = zip(precision, estimates[6:], f1, aucs, support, strict=True)
    classes = [ClassScores(float(p), r, float(f), float(auc), int(count)) for p, r, f, auc, count in rows]
    return Scores(
        pictures=len(labels),
        groups=len(np.unique(groups)),
        accuracy=estimates[0],
        balanced_accuracy=estimates[1],
        macro_f1=estimates[2],
        roc_auc=estimates[3],
        log_loss=estimates[4],
        brier=estimates[5],
        **_calibration(probabilities, labels, groups, seed, draws),
        classes=dict(zip(class_names, classes, strict=True)),
        confusion=np.asarray(confusion_matrix(labels, predicted, labels=numbers), np.int64),
    )


def summing(probabilities: Floats) -> bool:
    """Say whether the probabilities of each picture sum to 1; independent sigmoids need not."""
    return bool(np.allclose(probabilities.sum(axis=1), 1, atol=1e-4))


class Weighted:
    """The measures of `Scores` that have an interval, for many weightings of the pictures at once.

    scikit-learn answers for one weighting a call, which over two thousand draws takes half a minute.

    Args:
        probabilities: (n, classes), 0 to 1.
        labels: (n,) class indices.
    """

    def __init__(self, probabilities: Floats, labels: Labels) -> None:
        classes = probabilities.shape[1]
        self._classes = classes
        self._cells = np.eye(classes * classes)[labels * classes + probabilities.argmax(axis=1)]
        truth = np.eye(classes)[labels]
        proper = summing(probabilities)
        own = np.maximum((probabilities * truth).sum(axis=1), np.finfo(np.float64).eps)
        squares = ((probabilities - truth) ** 2).sum(axis=1)
        self._losses = (
            np.stack([-np.log(own), squares], axis=1) if proper else np.full((len(labels), 2), np.nan)
        )
        self._ranked = [(truth[:, k], probabilities[:, k]) for k in range(classes)]

    def __call__(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (draws, 6 + classes): the first six measures of `Scores`, then each class' recall.

        Args:
            weights: (draws, n).
        """
        table = (weights @ self._cells).reshape(-1, self._classes, self._classes)
        right, true, called = np.einsum("dkk->dk", table), table.sum(axis=2), table.sum(axis=1)
        # A class that no picture of a draw belongs to is left out of its means.
        missing = np.where(true > 0, 1.0, np.nan)
        recall = right / np.where(true > 0, true, 1) * missing
        f1 = 2 * right / np.where(true + called > 0, true + called, 1) * missing
        aucs = np.stack([_weighted_auc(*ranked, weights) for ranked in self._ranked], axis=1)
        total = weights.sum(axis=1)
        losses = weights @ self._losses / total[:, None]
        means = [right.sum(axis=1) / total, _mean(recall), _mean(f1), _mean(aucs)]
        return np.concatenate([np.stack(means, axis=1), losses, recall], axis=1)


def _weighted_auc(truth: Floats, scores: Floats, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (draws,) shares of pairs, one of the class and one not, in the right order; ties count half."""
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.diff(scores[order], prepend=-np.inf))
    inside = np.add.reduceat((weights * truth)[:, order], starts, axis=1)
    outside = np.add.reduceat((weights * (1 - truth))[:, order], starts, axis=1)
    below = np.cumsum(outside, axis=1) - outside / 2
    pairs = inside.sum(axis=1) * outside.sum(axis=1)
    won = (inside * below).sum(axis=1)
    return np.asarray(np.divide(won, pairs, out=np.full(len(weights), np.nan), where=pairs > 0))


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


def _mean(values: NDArray[np.float64]) -> Any:
    """Return the mean over the last axis of what is a number; NaN where nothing is."""
    known = ~np.isnan(values)
    count = known.sum(axis=-1)
    total = np.where(known, values, 0).sum(axis=-1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)

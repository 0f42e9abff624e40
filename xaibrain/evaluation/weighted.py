"""Measures of predictions under many weightings of the pictures at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from xaibrain.evaluation.calibration import Floats, Labels, summing


class Weighted:
    """The measures of `Scores` that have an interval, for many weightings of the pictures at once.

    scikit-learn answers for one weighting a call, which over two thousand draws takes half a minute.

    Args:
        probabilities: (n, classes), 0 to 1.
        labels: (n,) class indices.
        groups: (n,) group numbers.
    """

    def __init__(self, probabilities: Floats, labels: Labels, groups: Labels) -> None:
        classes = probabilities.shape[1]
        _, member, sizes = np.unique(groups, return_inverse=True, return_counts=True)
        self._shares = 1 / sizes[member]
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
        """Return (draws, 8 + classes): the first eight measures of `Scores`, then each class' recall.

        Args:
            weights: (draws, n).
        """
        accuracy, recall, f1 = self._told(weights)
        aucs = np.stack([_weighted_auc(*ranked, weights) for ranked in self._ranked], axis=1)
        losses = weights @ self._losses / weights.sum(axis=1, keepdims=True)
        means = np.stack([accuracy, mean_of_known(recall), mean_of_known(f1)], axis=1)
        area = mean_of_known(aucs)[:, None]
        return np.concatenate([means, self.by_group(weights), area, losses, recall], axis=1)

    def by_group(self, weights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (draws, 2): accuracy and mean F1 where the pictures of a group weigh as much as one."""
        accuracy, _, f1 = self._told(weights * self._shares)
        return np.stack([accuracy, mean_of_known(f1)], axis=1)

    def _told(self, weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
        """Return accuracy (draws,), recall and F1 (draws, classes)."""
        table = (weights @ self._cells).reshape(-1, self._classes, self._classes)
        right, true, called = np.einsum("dkk->dk", table), table.sum(axis=2), table.sum(axis=1)
        # A class that no picture of a draw belongs to is left out of its means.
        missing = np.where(true > 0, 1.0, np.nan)
        recall = right / np.where(true > 0, true, 1) * missing
        f1 = 2 * right / np.where(true + called > 0, true + called, 1) * missing
        return right.sum(axis=1) / weights.sum(axis=1), recall, f1


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


def mean_of_known(values: NDArray[np.float64]) -> Any:
    """Return the mean over the last axis of what is a number; NaN where nothing is."""
    known = ~np.isnan(values)
    count = known.sum(axis=-1)
    total = np.where(known, values, 0).sum(axis=-1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)

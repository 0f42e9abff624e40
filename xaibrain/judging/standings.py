"""From scores to standings: the mean of each method by each metric, how sure it is, and what it beats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xaibrain.core.metric import Metric
from xaibrain.judging.plan import Plan, Row
from xaibrain.judging.run import Judged
from xaibrain.ops.bootstrap import mean_intervals

SEED = 0
"""Of the bootstrap: the same scores give the same intervals."""


@dataclass(frozen=True)
class Mean:
    """A mean and its 95 % interval (percentile bootstrap over groups of pictures).

    Attributes:
        value: The mean; None where no picture has a value.
        low: Lower end of the interval.
        high: Upper end.
        pictures: How many have a value.
    """

    value: float | None
    low: float | None
    high: float | None
    pictures: int


@dataclass(frozen=True)
class Standing:
    """One method by one metric.

    Attributes:
        name: The method, with its layer after an `@` if it reads one.
        explainer: The method.
        layer: The layer, or None.
        baseline: Whether it is a trivial one.
        rank: 1 is best; equal means share a rank; None where it has no value at all.
        mean: Over all pictures that have a value.
        classes: The same for the pictures of each true class.
        undefined: Why the others have none, with how many pictures each.
        margin: By how much it is better than the best baseline (positive is better), over the pictures on
            which both have a value; None for baselines, or without any.
        beats_baselines: Whether the whole interval of the margin is above 0; None without a margin.
    """

    name: str
    explainer: str
    layer: str | None
    baseline: bool
    rank: int | None
    mean: Mean
    classes: Mapping[str, Mean]
    undefined: Mapping[str, int]
    margin: Mean | None
    beats_baselines: bool | None


@dataclass(frozen=True)
class Ranking:
    """All methods by one metric, the best first; those without any value last.

    Attributes:
        metric: Its name.
        higher_is_better: Its direction.
        best_baseline: The baseline with the best mean, or None.
        standings: One a method and layer.
    """

    metric: str
    higher_is_better: bool
    best_baseline: str | None
    standings: Sequence[Standing]


def rankings_of(plan: Plan, judged: Sequence[Judged]) -> dict[str, Ranking]:
    """Return how the methods stand, metric by metric.

    Args:
        plan: What was compared.
        judged: At least one picture that was read.
    """
    return {name: _Table(name, metric, plan.rows, judged).ranking() for name, metric in plan.metrics.items()}


class _Table:
    """The scores of one metric: a row a picture, a column a method."""

    def __init__(self, name: str, metric: Metric, rows: Sequence[Row], judged: Sequence[Judged]) -> None:
        self._name = name
        self._higher = metric.higher_is_better
        self._rows = rows
        self._scores = [[one.scores[row.name][name] for row in rows] for one in judged]
        self._values = np.array(
            [[np.nan if score.value is None else score.value for score in line] for line in self._scores]
        )
        self._groups = np.array([one.group for one in judged])
        self._labels = np.array([one.label or "" for one in judged])

    def ranking(self) -> Ranking:
        means = _means(self._values, self._groups)
        classes = {
            str(label): _means(self._values[self._labels == label], self._groups[self._labels == label])
            for label in np.unique(self._labels)
            if label
        }
        order = sorted(range(len(self._rows)), key=lambda column: self._worth(means[column]), reverse=True)
        base = next((column for column in order if self._is_baseline(column, means)), None)
        margins = self._margins(base)
        standings = [self._standing(column, means, classes, margins) for column in order]
        best = None if base is None else self._rows[base].name
        return Ranking(self._name, self._higher, best, standings)

    def _worth(self, mean: Mean) -> float:
        if mean.value is None:
            return -np.inf
        return mean.value if self._higher else -mean.value

    def _is_baseline(self, column: int, means: Sequence[Mean]) -> bool:
        return self._rows[column].baseline and means[column].value is not None

    def _margins(self, base: int | None) -> list[Mean] | None:
        """Return by how much each column is better than a baseline, picture by picture."""
        if base is None:
            return None
        gains = self._values - self._values[:, [base]]
        return _means(gains if self._higher else -gains, self._groups)

    def _standing(
        self, column: int, means: Sequence[Mean], classes: Mapping[str, Sequence[Mean]],
        margins: Sequence[Mean] | None,
    ) -> Standing:  # fmt: skip
        row, worth = self._rows[column], self._worth(means[column])
        better = sum(self._worth(other) > worth for other in means)
        margin = None if margins is None or row.baseline else margins[column]
        return Standing(
            name=row.name,
            explainer=row.explainer,
            layer=row.layer,
            baseline=row.baseline,
            rank=None if means[column].value is None else better + 1,
            mean=means[column],
            classes={label: means[column] for label, means in classes.items()},
            undefined=dict(Counter(line[column].reason for line in self._scores if line[column].reason)),
            margin=margin,
            beats_baselines=None if margin is None else margin.low is not None and margin.low > 0,
        )


def _means(values: NDArray[np.float64], groups: NDArray[Any]) -> list[Mean]:
    counts = (~np.isnan(values)).sum(axis=0)
    sums = np.nansum(values, axis=0)
    lows, highs = mean_intervals(values, groups, np.random.default_rng(SEED))
    return [
        Mean(float(total / count), float(low), float(high), int(count))
        if count
        else Mean(None, None, None, 0)
        for total, count, low, high in zip(sums, counts, lows, highs, strict=True)
    ]

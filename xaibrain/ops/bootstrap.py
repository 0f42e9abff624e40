"""How sure an estimate is: resampling what is independent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Takes (draws, n) weights, how often each row was drawn, to (draws, m) values; NaN where undefined."""

_AT_ONCE = 200


def group_intervals(
    statistic: Statistic,
    groups: NDArray[Any],
    rng: np.random.Generator,
    draws: int = 2000,
    level: float = 0.95,
) -> NDArray[np.float64]:
    """Return percentile bootstrap intervals of anything that can be estimated from weighted rows.

    Whole groups are drawn with replacement, since what belongs together (slices of one head, twins) is no
    independent evidence; the same draws serve all values. Efron & Tibshirani 1993, An Introduction to
    the Bootstrap, chapter 13; groups as in Field & Welsh 2007, Bootstrapping clustered data, section 2.

    Args:
        statistic: What is estimated.
        groups: (n,) of anything that can be sorted; equal ones belong together. One number a row, if every
            row stands for itself.
        rng: Draws the samples.
        draws: How many samples.
        level: The share of the draws' values that an interval holds.

    Returns:
        (2, m): lower and upper ends over the draws that have a value; NaN where none has.
    """
    numbers = np.unique(groups, return_inverse=True)[1]
    count = int(numbers.max()) + 1
    values = []
    for start in range(0, draws, _AT_ONCE):
        rows = min(_AT_ONCE, draws - start)
        picks = rng.integers(0, count, (rows, count)) + np.arange(rows)[:, None] * count
        times = np.bincount(picks.ravel(), minlength=rows * count).reshape(rows, count)
        values.append(statistic(times[:, numbers].astype(np.float64)))
    drawn = np.concatenate(values)
    ends = np.full((2, drawn.shape[1]), np.nan)
    some = ~np.isnan(drawn).all(axis=0)
    tail = 50 * (1 - level)
    ends[:, some] = np.nanpercentile(drawn[:, some], [tail, 100 - tail], axis=0)
    return ends


def mean_intervals(
    values: NDArray[np.floating[Any]],
    groups: NDArray[Any],
    rng: np.random.Generator,
    draws: int = 2000,
    level: float = 0.95,
) -> NDArray[np.float64]:
    """Return percentile bootstrap intervals of the mean of each column; see `group_intervals`.

    Args:
        values: (n, m), one row a picture; NaN where a value is undefined: it is left out of the mean.
        groups: (n,) of anything that can be sorted; equal ones belong together.
        rng: Draws the samples.
        draws: How many samples.
        level: The share of the draws' means that an interval holds.

    Returns:
        (2, m): lower and upper ends; NaN where a column holds no value at all.
    """
    known = ~np.isnan(values)
    filled = np.where(known, values, 0).astype(np.float64)

    def means(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        drawn = weights @ known
        undefined = np.full(drawn.shape, np.nan)
        return np.asarray(np.divide(weights @ filled, drawn, out=undefined, where=drawn > 0))

    return group_intervals(means, groups, rng, draws, level)

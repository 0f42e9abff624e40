"""How sure a mean is: resampling what is independent."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def mean_intervals(
    values: NDArray[np.floating[Any]],
    groups: NDArray[Any],
    rng: np.random.Generator,
    draws: int = 2000,
    level: float = 0.95,
) -> NDArray[np.float64]:
    """Return percentile bootstrap intervals of the mean of each column.

    Whole groups are drawn with replacement, since what belongs together (slices of one head, twins) is no
    independent evidence; the same draws serve all columns. Efron & Tibshirani 1993, An Introduction to
    the Bootstrap, chapter 13.

    Args:
        values: (n, m), one row a picture; NaN where a value is undefined: it is left out of the mean.
        groups: (n,) of anything that can be sorted; equal ones belong together. One number a row, if every
            picture stands for itself.
        rng: Draws the samples.
        draws: How many samples.
        level: The share of the draws' means that an interval holds.

    Returns:
        (2, m): lower and upper ends; NaN where a column holds no value at all.
    """
    numbers = np.unique(groups, return_inverse=True)[1]
    count = int(numbers.max()) + 1
    known = ~np.isnan(values)
    sums, sizes = np.zeros((2, count, values.shape[1]))
    np.add.at(sums, numbers, np.where(known, values, 0))
    np.add.at(sizes, numbers, known)
    means = np.full((draws, values.shape[1]), np.nan)
    for mean in means:
        times = np.bincount(rng.integers(0, count, count), minlength=count)
        drawn = times @ sizes
        np.divide(times @ sums, drawn, out=mean, where=drawn > 0)
    ends = np.full((2, values.shape[1]), np.nan)
    some = known.any(axis=0)
    tail = 50 * (1 - level)
    ends[:, some] = np.nanpercentile(means[:, some], [tail, 100 - tail], axis=0)
    return ends

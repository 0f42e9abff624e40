"""How few pixels a map needs: sparseness and entropy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from xaibrain import Explanation, Need, Score, Trial
from xaibrain_metrics.undefined import Undefined, scores_of


class _Complexity:
    """Base of the metrics of a map alone: its magnitudes at the size of the model's input, sign left out."""

    needs: ClassVar[frozenset[Need]] = frozenset()

    def score(self, trial: Trial) -> list[Score]:
        """Return one score a map; undefined where it is zero everywhere or not finite."""
        return scores_of(lambda one: self.judged(_shares(one)), trial.explanations)

    def judged(self, shares: NDArray[np.float64]) -> float:
        """Return the value for one map, given each pixel's share of its magnitude."""
        raise NotImplementedError


@dataclass(frozen=True)
class Sparseness(_Complexity):
    """Gini index of the magnitudes: 0 for an even map, near 1 for a single pixel.

    Chalasani et al. 2020, Concise Explanations of Neural Networks using Adversarial Training,
    arXiv:1810.06583.
    """

    higher_is_better: ClassVar[bool] = True
    range: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def judged(self, shares: NDArray[np.float64]) -> float:
        """Return the Gini index."""
        count = len(shares)
        ranks = np.arange(1, count + 1)
        return float(1 - 2 * (np.sort(shares) * (count - ranks + 0.5)).sum() / count)


@dataclass(frozen=True)
class Entropy(_Complexity):
    """Entropy of the pixels' shares of the magnitude, in nats: 0 for one pixel, log(pixels) for an even map.

    Bhatt et al. 2020, Evaluating and Aggregating Feature-based Model Explanations, arXiv:2005.00631
    (their complexity).
    """

    higher_is_better: ClassVar[bool] = False
    range: ClassVar[tuple[float, float]] = (0.0, math.inf)

    def judged(self, shares: NDArray[np.float64]) -> float:
        """Return the entropy."""
        some = shares[shares > 0]
        return float(-(some * np.log(some)).sum())


def _shares(explanation: Explanation) -> NDArray[np.float64]:
    if explanation.status == "non-finite":
        raise Undefined("the map is non-finite")
    magnitude = np.abs(explanation.on_frame().astype(np.float64)).ravel()
    total = magnitude.sum()
    if total == 0:
        raise Undefined("the map is zero everywhere")
    shares: NDArray[np.float64] = magnitude / total
    return shares

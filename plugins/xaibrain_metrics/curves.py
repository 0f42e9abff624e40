"""Insertion, deletion and pixel flipping: the model's answer while pixels are changed in the map's order."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from xaibrain import Capability, Explanation, Model, Need, Score, Trial
from xaibrain.errors import UsageError
from xaibrain.types import Images, Targets
from xaibrain_metrics.asking import probabilities_for, scores_for
from xaibrain_metrics.removal import Fill, area, filled, morphed, most_relevant_first
from xaibrain_metrics.undefined import scores_of


@dataclass(frozen=True)
class _Curve:
    """Base: one picture after another is changed in the order of its map.

    Attributes:
        steps: In how many equal parts the pixels are changed.
        fill: What takes their place, or what they take the place of.
        seed: Of the order among pixels that tie.
    """

    steps: int = 56
    fill: Fill = "mean"
    seed: int = 0
    needs: ClassVar[frozenset[Need]] = frozenset({"model"})
    requires: ClassVar[frozenset[Capability]] = frozenset({"logits"})
    range: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def __post_init__(self) -> None:
        if self.steps < 1:
            name = type(self).__name__.lower()
            raise UsageError(f"{name}: steps={self.steps} changes nothing; give 1 or more.")

    def score(self, trial: Trial) -> list[Score]:
        """Return one score a map; undefined where the map ranks nothing."""

        def judge(one: Explanation, image: Images, target: Targets) -> float:
            order = most_relevant_first(one, self.seed)
            return self.judged(trial.model, image, np.asarray(target), order)

        return scores_of(judge, trial.explanations, trial.images, trial.targets)

    def judged(self, model: Model, image: Images, target: Targets, order: NDArray[np.int64]) -> float:
        """Return the value for one picture and the order of its pixels."""
        raise NotImplementedError


@dataclass(frozen=True)
class Deletion(_Curve):
    """Area under the target's probability while pixels are taken away, the most relevant first.

    Petsiuk et al. 2018, RISE, arXiv:1806.07421, algorithm 1 (deletion). A faithful map makes the probability
    fall early. Where the authors put the colour that is 0 after their preprocessing, the mean of ImageNet,
    here stands the picture's own mean.

    Attributes:
        steps: In how many equal parts the pixels are taken away.
        fill: What takes their place.
        seed: Of the order among pixels that tie.
    """

    higher_is_better: ClassVar[bool] = False

    def judged(self, model: Model, image: Images, target: Targets, order: NDArray[np.int64]) -> float:
        """Return the area under the curve."""
        way = morphed(image, filled(image, self.fill, model), order, self.steps)
        return area(probabilities_for(model, target, way))


@dataclass(frozen=True)
class Insertion(_Curve):
    """Area under the target's probability while a blurred picture gets its pixels back, by relevance.

    Petsiuk et al. 2018, RISE, arXiv:1806.07421, algorithm 1 (insertion). A faithful map makes the
    probability rise early.

    Attributes:
        steps: In how many equal parts the pixels come back.
        fill: What the picture starts from.
        seed: Of the order among pixels that tie.
    """

    fill: Fill = "blur"
    higher_is_better: ClassVar[bool] = True

    def judged(self, model: Model, image: Images, target: Targets, order: NDArray[np.int64]) -> float:
        """Return the area under the curve."""
        way = morphed(filled(image, self.fill, model), image, order, self.steps)
        return area(probabilities_for(model, target, way))


@dataclass(frozen=True)
class PixelFlipping(_Curve):
    """By how much the target's score falls, on average, while the most relevant pixels are taken away.

    Bach et al. 2015, On Pixel-Wise Explanations, doi:10.1371/journal.pone.0130140, pixel flipping, summed up
    as the area over the perturbation curve of Samek et al. 2017, arXiv:1509.06321, equation 12, with single
    pixels for regions. In logits, which do not saturate.

    Attributes:
        steps: In how many equal parts the pixels are taken away.
        fill: What takes their place.
        seed: Of the order among pixels that tie.
    """

    fill: Fill = "black"
    higher_is_better: ClassVar[bool] = True
    range: ClassVar[tuple[float, float]] = (-math.inf, math.inf)

    def judged(self, model: Model, image: Images, target: Targets, order: NDArray[np.int64]) -> float:
        """Return the mean fall over the curve, its start included."""
        way = morphed(image, filled(image, self.fill, model), order, self.steps)
        scores = scores_for(model, target, way)
        return float((scores[0] - scores).mean())

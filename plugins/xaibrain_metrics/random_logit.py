"""The random logit test: does the map change with the class?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xaibrain import Explanation, Need, Score, Trial
from xaibrain.types import Heatmap, Targets
from xaibrain_metrics.similarity import rank_correlation
from xaibrain_metrics.undefined import Undefined, refuse_nothing_to_rank, scores_of


@dataclass(frozen=True)
class RandomLogit:
    """Likeness of the map to that of another class, drawn at random: Spearman's rank correlation.

    Sixt et al. 2020, When Explanations Lie, arXiv:1912.09818, random logit test, where maps are compared by
    SSIM. A map that is the same for every class does not explain the class. Of a target a against b, the two
    are swapped. With two classes, maps that are each other's negative score −1.

    Attributes:
        seed: Of the draw of the other class.
    """

    seed: int = 0
    higher_is_better: ClassVar[bool] = False
    needs: ClassVar[frozenset[Need]] = frozenset({"model", "explainer"})
    range: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    def score(self, trial: Trial) -> list[Score]:
        """Return one score a map; undefined where either map ranks nothing."""
        others = trial.explainer.explain(trial.model, trial.images, self._others(trial))
        return scores_of(_likeness, trial.explanations, others)

    def _others(self, trial: Trial) -> Targets:
        if trial.targets.ndim == 2:
            return trial.targets[:, ::-1].copy()
        classes = len(trial.model.class_names)
        draws = [
            np.random.default_rng([self.seed, int(one.image.sha256[:12], 16)]).integers(1, classes)
            for one in trial.explanations
        ]
        return np.asarray((trial.targets + draws) % classes, np.int64)


def _likeness(one: Explanation, other: Heatmap) -> float:
    refuse_nothing_to_rank(one)
    likeness = rank_correlation(one.heatmap, other)
    if likeness is None:
        raise Undefined("the other class' map is constant or non-finite")
    return likeness

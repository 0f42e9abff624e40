"""Model randomisation: does the map change when the model forgets what it learned?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np

from xaibrain import Capability, Explanation, Model, Need, Randomisable, Score, Trial
from xaibrain.errors import UsageError
from xaibrain.types import Heatmap
from xaibrain_metrics.similarity import rank_correlation
from xaibrain_metrics.undefined import Undefined, refuse_nothing_to_rank, scores_of


class _Randomisation:
    """Base: the mean likeness of a map to those of the model with some of its layers drawn anew."""

    higher_is_better: ClassVar[bool] = False
    needs: ClassVar[frozenset[Need]] = frozenset({"model", "explainer"})
    requires: ClassVar[frozenset[Capability]] = frozenset({"randomise"})
    range: ClassVar[tuple[float, float]] = (-1.0, 1.0)
    seed: int

    def score(self, trial: Trial) -> list[Score]:
        """Return one score a map; undefined where the maps rank nothing."""
        model = cast(Randomisable, trial.model)
        stages = self.stages(model.weighted_layers)
        try:
            others = [_explained(trial, model.randomised(layers, self.seed)) for layers in stages]
        except Undefined as undefined:
            return [Score(None, str(undefined)) for _ in trial.explanations]
        maps = zip(*others, strict=True)
        return scores_of(_likeness, trial.explanations, maps)

    def stages(self, layers: Sequence[str]) -> list[Sequence[str]]:
        """Return which layers are drawn anew, time after time."""
        raise NotImplementedError


def _explained(trial: Trial, model: Model) -> Sequence[Heatmap]:
    missing = sorted(getattr(trial.explainer, "requires", frozenset()) - model.capabilities)
    if missing:
        raise Undefined(f"the method needs {', '.join(missing)}, which a randomised model lacks")
    return list(trial.explainer.explain(model, trial.images, trial.targets))


def _likeness(one: Explanation, others: Sequence[Heatmap]) -> float:
    refuse_nothing_to_rank(one)
    likeness = [rank_correlation(one.heatmap, other) for other in others]
    known = [value for value in likeness if value is not None]
    if not known:
        raise Undefined("every map of a randomised model is constant or non-finite")
    return float(np.mean(known))


def _spaced(count: int, stages: int) -> list[int]:
    return sorted({int(number) for number in np.linspace(1, count, stages).round()})


@dataclass(frozen=True)
class CascadingRandomisation(_Randomisation):
    """Likeness of the map to those of the model with its layers drawn anew, from the output down.

    Adebayo et al. 2018, Sanity Checks for Saliency Maps, arXiv:1810.03292, section 3.1: Spearman's rank
    correlation of the signed maps, averaged over the stages: the last layer alone, then more of them, at last
    all. A map that stays the same does not show what the model learned.

    Attributes:
        count: In how many stages, evenly spread; the paper draws one more layer each time.
        seed: Of the draw.
    """

    count: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        if self.count < 1:
            raise UsageError(f"cascading-randomisation: count={self.count} draws nothing; give 1 or more.")

    def stages(self, layers: Sequence[str]) -> list[Sequence[str]]:
        """Return the last layer, the last few, …, all."""
        return [layers[len(layers) - number :] for number in _spaced(len(layers), self.count)]


@dataclass(frozen=True)
class IndependentRandomisation(_Randomisation):
    """Likeness of the map to those of the model with one layer drawn anew, one after another.

    Adebayo et al. 2018, Sanity Checks for Saliency Maps, arXiv:1810.03292, section 3.2: Spearman's rank
    correlation of the signed maps, averaged over the layers.

    Attributes:
        count: How many layers, spread from the first to the last; the paper takes all.
        seed: Of the draw.
    """

    count: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        if self.count < 1:
            raise UsageError(f"independent-randomisation: count={self.count} draws nothing; give 1 or more.")

    def stages(self, layers: Sequence[str]) -> list[Sequence[str]]:
        """Return single layers."""
        return [[layers[number - 1]] for number in _spaced(len(layers), self.count)]

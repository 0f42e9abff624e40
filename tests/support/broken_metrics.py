"""Metrics that are broken on purpose, each in one way; with the rule, and a part of what is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xaibrain import Score


@dataclass(frozen=True)
class Mass:
    """Share of the positive evidence on the mask."""

    higher_is_better: ClassVar = True
    needs: ClassVar = frozenset({"mask"})
    range: ClassVar = (0.0, 1.0)
    scale: float = 1.0

    def score(self, trial):
        return [self.judged(one) for one in trial.explanations]

    def judged(self, one):
        evidence = np.maximum(one.on_source(), 0)
        if one.image.mask is None or not one.image.mask.any() or not evidence.sum() > 0:
            return Score(None, "nothing to judge")
        return Score(float(evidence[one.image.mask].sum() / evidence.sum() * self.scale))


class NoDirection(Mass):
    higher_is_better = None


class NoRange(Mass):
    range = (1.0, 0.0)


class HidesMask(Mass):
    needs = frozenset()


class IdleMask(Mass):
    def judged(self, one):
        return (
            Score(float(np.tanh(np.abs(one.heatmap).max())))
            if one.status != "non-finite"
            else Score(None, "?")
        )


class AsksModel(Mass):
    def judged(self, one):
        return super().judged(one)

    def score(self, trial):
        trial.model.logits(trial.images)
        return super().score(trial)


class AsksMore(AsksModel):
    needs = frozenset({"mask", "model"})


class AsksNothing(Mass):
    needs = frozenset({"mask", "model"})
    requires = frozenset({"logits"})


class OneScore(Mass):
    def score(self, trial):
        return super().score(trial)[:1]


class PlainNumbers(Mass):
    def score(self, trial):
        return [score.value for score in super().score(trial)]


class Percentages(Mass):
    def judged(self, one):
        score = super().judged(one)
        return score if score.value is None else Score(score.value * 100)


class ZeroForNothing(Mass):
    def judged(self, one):
        score = super().judged(one)
        return Score(0.0) if score.value is None else score


class Drawn(Mass):
    def judged(self, one):
        score = super().judged(one)
        return score if score.value is None else Score(score.value * np.random.uniform(0.5, 1))


class Ranks(Mass):
    """Divides by the best of the batch."""

    def score(self, trial):
        scores = super().score(trial)
        best = max((score.value for score in scores if score.value), default=1.0)
        return [score if score.value is None else Score(score.value / best) for score in scores]


class Clips(Mass):
    def judged(self, one):
        np.maximum(one.heatmap, 0, out=one.heatmap)
        return super().judged(one)


class WrongWay(Mass):
    higher_is_better = False


class LosesScale(Mass):
    def __init__(self, factor: float = 1.0):
        object.__setattr__(self, "scale", factor)


METRICS = [
    (NoDirection, "interface", "True or False"),
    (NoRange, "interface", "(least, greatest)"),
    (HidesMask, "needs", "add 'mask' to needs"),
    (IdleMask, "needs", "leave 'mask' out"),
    (AsksModel, "needs", "asks the model"),
    (AsksMore, "requires", "logits; add the capability"),
    (AsksNothing, "requires", "never asked"),
    (OneScore, "scores", "return one Score each"),
    (PlainNumbers, "scores", "return one Score each"),
    (Percentages, "range", "outside 0.0 to 1.0"),
    (ZeroForNothing, "undefined", "return Score(None, the reason)"),
    (Drawn, "repeatable", "draw from a seed"),
    (Ranks, "batch", "judge each map by itself"),
    (Clips, "inputs", "copy what you change"),
    (WrongWay, "direction", "higher_is_better is False"),
    (LosesScale, "parameters", "self.factor"),
]

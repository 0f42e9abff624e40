"""Average drop, increase and gain: the model sees only what the map lights up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xaibrain import Capability, Explanation, Need, Score, Trial
from xaibrain.types import Images, Targets
from xaibrain_metrics.asking import probabilities_for
from xaibrain_metrics.removal import black_of
from xaibrain_metrics.undefined import refuse_unreadable, scores_of


class _Masked:
    """Base: the picture is multiplied with the map's positive part, scaled to a largest value of 1."""

    needs: ClassVar[frozenset[Need]] = frozenset({"model"})
    requires: ClassVar[frozenset[Capability]] = frozenset({"logits"})
    range: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def score(self, trial: Trial) -> list[Score]:
        """Return one score a map; undefined where the map shows nothing."""

        def judge(one: Explanation, image: Images, target: Targets) -> float:
            refuse_unreadable(one)
            relevance = np.maximum(one.on_frame(), 0)
            light = (relevance / relevance.max())[..., None]
            black = black_of(trial.model, image)
            lit = black + light * (image - black)
            before, after = probabilities_for(trial.model, np.asarray(target), [image, lit])
            return self.judged(float(before), float(after))

        return scores_of(judge, trial.explanations, trial.images, trial.targets)

    def judged(self, before: float, after: float) -> float:
        """Return the value for the target's probability in the whole picture and in the lit one."""
        raise NotImplementedError


@dataclass(frozen=True)
class AverageDrop(_Masked):
    """Share of the target's probability that is lost when only what the map lights up is shown.

    Chattopadhay et al. 2018, Grad-CAM++, arXiv:1710.11063, average drop %, as a share.
    """

    higher_is_better: ClassVar[bool] = False

    def judged(self, before: float, after: float) -> float:
        """Return max(0, before − after) / before."""
        return max(0.0, before - after) / before if before > 0 else 0.0


@dataclass(frozen=True)
class Increase(_Masked):
    """Whether the target's probability is higher when only what the map lights up is shown: 1 or 0.

    Chattopadhay et al. 2018, Grad-CAM++, arXiv:1710.11063, % increase in confidence.
    """

    higher_is_better: ClassVar[bool] = True

    def judged(self, before: float, after: float) -> float:
        """Return whether after > before."""
        return float(after > before)


@dataclass(frozen=True)
class AverageGain(_Masked):
    """Share of the target's missing probability that is won when only what the map lights up is shown.

    Zhang et al. 2023, Opti-CAM, arXiv:2301.07002, average gain: the counterpart of the average drop.
    """

    higher_is_better: ClassVar[bool] = True

    def judged(self, before: float, after: float) -> float:
        """Return max(0, after − before) / (1 − before)."""
        return max(0.0, after - before) / (1 - before) if before < 1 else 0.0

"""Remove and debias: pixels are taken away so that their absence cannot be seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array
from scipy.sparse.linalg import splu

from xaibrain import Capability, Explanation, Model, Need, Score, Trial
from xaibrain.errors import UsageError
from xaibrain.types import Images, Mask, Targets
from xaibrain_metrics.asking import probabilities_for
from xaibrain_metrics.removal import most_relevant_first
from xaibrain_metrics.undefined import scores_of

_STEPS = [(down, across) for down in (-1, 0, 1) for across in (-1, 0, 1) if down or across]
_WEIGHTS = {1: 1 / 6, 2: 1 / 12}
"""Of a neighbour beside and of one across a corner."""


@dataclass(frozen=True)
class ROAD:
    """Half of what it costs more to take away the most relevant pixels than the least relevant ones.

    Rong et al. 2022, A Consistent and Efficient Evaluation Strategy for Attribution Methods,
    arXiv:2202.00449: what is taken away is imputed by noisy linear interpolation, so that the shape of the
    hole does not tell the class. The paper compares a classifier's accuracy over a dataset; here, as in
    pytorch-grad-cam, it is the target's probability in one picture, least relevant first (LeRF) less most
    relevant first (MoRF), halved, averaged over the shares that are taken away.

    Attributes:
        shares: Of the pixels, to take away; above 0 and below 1.
        noise: Standard deviation of the noise on what is imputed, as a share of the model's range of values.
        seed: Of the noise, and of the order among pixels that tie.
    """

    shares: tuple[float, ...] = (0.1, 0.3, 0.5, 0.7, 0.9)
    noise: float = 0.01
    seed: int = 0
    higher_is_better: ClassVar[bool] = True
    needs: ClassVar[frozenset[Need]] = frozenset({"model"})
    requires: ClassVar[frozenset[Capability]] = frozenset({"logits"})
    range: ClassVar[tuple[float, float]] = (-0.5, 0.5)

    def __post_init__(self) -> None:
        if not self.shares or not all(0 < share < 1 for share in self.shares):
            raise UsageError(f"road: shares={self.shares}; give numbers above 0 and below 1.")

    def score(self, trial: Trial) -> list[Score]:
        """Return one score a map; undefined where the map ranks nothing."""

        def judge(one: Explanation, image: Images, target: Targets) -> float:
            order = most_relevant_first(one, self.seed)
            return self._judged(trial.model, image, np.asarray(target), order)

        return scores_of(judge, trial.explanations, trial.images, trial.targets)

    def _judged(self, model: Model, image: Images, target: Targets, order: NDArray[np.int64]) -> float:
        first = probabilities_for(model, target, self._without(model, image, order))
        last = probabilities_for(model, target, self._without(model, image, order[::-1]))
        return float((last - first).mean() / 2)

    def _without(self, model: Model, image: Images, order: NDArray[np.int64]) -> Iterator[Images]:
        """Yield the picture without its first pixels, one share after another."""
        limits = model.preprocessing.get("value_range") or (image.min(), image.max())
        draw = np.random.default_rng(self.seed)
        for share in self.shares:
            hole = np.zeros(image.shape[:2], bool)
            hole.reshape(-1)[order[: round(share * len(order))]] = True
            noise = draw.normal(0, self.noise * float(limits[1] - limits[0]), image.shape)
            yield np.where(hole[..., None], imputed(image, hole) + noise, image).astype(np.float32)


def imputed(image: Images, hole: Mask) -> NDArray[np.float64]:
    """Return a picture in which each pixel of a hole is the weighted mean of its up to eight neighbours.

    Neighbours beside a pixel weigh 1/6, those across a corner 1/12 (Rong et al. 2022); where
    some are missing, at the picture's edge, the others share their weight.

    Args:
        image: (h, w, c).
        hole: (h, w), True on what is to be imputed; not everywhere.
    """
    places = np.argwhere(hole)
    number = np.full(hole.shape, -1)
    number[hole] = np.arange(len(places))
    known = np.zeros((len(places), image.shape[2]))
    total = np.zeros(len(places))
    rows, columns, weights = [], [], []
    for step in _STEPS:
        weight = _WEIGHTS[abs(step[0]) + abs(step[1])]
        beside = places + step
        inside = ((beside >= 0) & (beside < hole.shape)).all(axis=1)
        of, at = np.flatnonzero(inside), tuple(beside[inside].T)
        total[of] += weight
        known[of] += weight * np.where(hole[at][:, None], 0, image[at])
        joined = hole[at]
        rows.append(of[joined])
        columns.append(number[at][joined])
        weights.append(np.full(int(joined.sum()), -weight))
    index = np.arange(len(places))
    entries = np.concatenate([*weights, total])
    where = (np.concatenate([*rows, index]), np.concatenate([*columns, index]))
    system = csc_array(coo_array((entries, where), shape=(len(places), len(places))))
    filled = image.astype(np.float64)
    filled[hole] = splu(system, permc_spec="MMD_AT_PLUS_A").solve(known)
    return filled

"""Kernel SHAP."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from xaibrain import Capability, Model
from xaibrain.types import Heatmap, Heatmaps, Images, Targets
from xaibrain_perturbation.demands import demand
from xaibrain_perturbation.filling import Fill
from xaibrain_perturbation.probe import Of, Probe, probes
from xaibrain_perturbation.segments import shown, superpixels


@dataclass(frozen=True)
class KernelSHAP:
    """Kernel SHAP: the score shared out among superpixels by their Shapley values.

    Lundberg & Lee 2017, arXiv:1705.07874, theorem 2: weighted least squares over coalitions of superpixels,
    under the constraint that the values add up to what the whole picture scores above the filling alone. All
    coalitions are asked where there are no more of them than `samples`, and the values are exact. Otherwise
    coalitions are drawn as often as the Shapley kernel weighs them, each with its complement (Covert & Lee
    2021, arXiv:2012.01536, section 4). A pixel's value is that of its superpixel.
    Forward passes a picture: `samples` and two.

    Attributes:
        segments: Superpixels to aim at.
        samples: Coalitions, beside the empty and the full one.
        fill: What stands for a superpixel that is missing: `black`, `mean` (of the picture) or `blur`.
        of: The score that is shared out: `logit`, which adds up, or `probability`.
        seed: Of the coalitions.
        batch_size: Copies in memory, and in a forward pass; maps do not depend on it.
    """

    segments: int = 50
    samples: int = 512
    fill: Fill = "mean"
    of: Of = "logit"
    seed: int = 0
    batch_size: int = 32
    requires: ClassVar[frozenset[Capability]] = frozenset({"logits"})

    def __post_init__(self) -> None:
        least = 4 * self.segments
        demand(self.segments >= 2, "kernel-shap", "segments", self.segments, "2 or more")
        every = self.segments < 12 and self.samples >= 2**self.segments - 2
        fits = self.samples >= least or every
        demand(fits, "kernel-shap", "samples", self.samples, f"{least} or more, four a segment")
        demand(self.seed >= 0, "kernel-shap", "seed", self.seed, "0 or more")
        demand(self.batch_size >= 1, "kernel-shap", "batch_size", self.batch_size, "1 or more")

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return (n, h, w) float32 at the input's resolution, signed, in units of the score."""
        asked = probes(model, images, targets, self.fill, self.of, self.batch_size)
        return np.stack([self._heatmap(probe) for probe in asked])

    def _heatmap(self, probe: Probe) -> Heatmap:
        segments = superpixels(probe, self.segments)
        players = int(segments.max()) + 1
        coalitions, weights = coalitions_of(players, self.samples, self.seed)
        ends = np.repeat(np.array([[0], [1]], np.float32), players, axis=1)
        scores = probe.scores(shown(np.concatenate([ends, coalitions]), segments))
        values = shapley_values(coalitions, weights, scores[2:], scores[0], scores[1])
        return values.astype(np.float32)[segments]


def coalitions_of(players: int, samples: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return coalitions, neither empty nor full, and their weights: (m, players) and (m,).

    All there are, with the weights of the Shapley kernel, where those are not more than `samples`; else
    as many as that (one less for an odd number), drawn by the kernel in complementary pairs, with equal
    weights.
    """
    if players < 32 and 2**players - 2 <= samples:
        every = np.arange(1, 2**players - 1)
        coalitions = (every[:, None] >> np.arange(players) & 1).astype(np.float32)
        kernel = [0.0, *((players - 1) / (comb(players, k) * k * (players - k)) for k in range(1, players))]
        return coalitions, np.array(kernel)[coalitions.sum(axis=1).astype(int)]
    draw = np.random.default_rng(seed)
    sizes = np.arange(1, players)
    odds = 1 / (sizes * (players - sizes))
    drawn = draw.choice(sizes, samples // 2, p=odds / odds.sum())
    ranks = draw.permuted(np.tile(np.arange(players), (samples // 2, 1)), axis=1)
    half = (ranks < drawn[:, None]).astype(np.float32)
    coalitions = np.concatenate([half, 1 - half])
    return coalitions, np.ones(len(coalitions))


def shapley_values(
    coalitions: NDArray[np.float32],
    weights: NDArray[np.float64],
    scores: NDArray[np.float64],
    empty: float,
    full: float,
) -> NDArray[np.float64]:
    """Return each player's value: weighted least squares, under the constraint that they sum to full − empty.

    The constraint is built in: the last player's value is what the others leave of the sum.

    Args:
        coalitions: (m, players), zeros and ones.
        weights: (m,).
        scores: (m,), of the coalitions.
        empty: The score of nobody.
        full: The score of all.
    """
    members = coalitions.astype(np.float64)
    root = np.sqrt(weights)
    last = members[:, -1]
    left = root[:, None] * (members[:, :-1] - last[:, None])
    right = root * (scores - empty - last * (full - empty))
    others = np.linalg.lstsq(left, right)[0]
    return np.append(others, full - empty - others.sum())

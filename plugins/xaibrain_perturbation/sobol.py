"""Total Sobol indices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from xaibrain import Capability, Model
from xaibrain.types import Heatmap, Heatmaps, Images, Targets
from xaibrain_perturbation.demands import demand
from xaibrain_perturbation.filling import Fill
from xaibrain_perturbation.probe import Kept, Of, Probe, probes

_FLAT = 1e-6
"""Scores that differ by less than this share of the largest do not depend on the picture."""


@dataclass(frozen=True)
class Sobol:
    """Total Sobol indices: the share of the score's variance that each cell has a part in.

    Fel et al. 2021, arXiv:2111.04138: each cell of a grid is kept to a random share, the grid is enlarged
    bilinearly, and the index of a cell is the part of the score's variance that it causes, alone and together
    with others: Jansen's estimator (1999), 1/2N Σ (f(A) − f(A with column i of B))² over the variance of
    f(A). A and B come from one scrambled Sobol sequence. f(B) is not needed. Indices are never negative: they
    say where the score depends on the picture, not in which direction.
    Forward passes a picture: `designs` × (`grid`² + 1), 1,040 as it comes.

    Attributes:
        grid: Cells along each side of the map.
        designs: Rows of A and of B; a power of two. The authors' code takes 64.
        fill: What a cell is mixed with where it is not kept: `black`, as in the paper, `mean` (of the
            picture) or `blur`.
        of: The score that is watched: `logit` or `probability`.
        seed: Of the scrambling.
        batch_size: Copies in memory, and in a forward pass; maps do not depend on it.
    """

    grid: int = 8
    designs: int = 16
    fill: Fill = "black"
    of: Of = "logit"
    seed: int = 0
    batch_size: int = 32
    requires: ClassVar[frozenset[Capability]] = frozenset({"logits"})

    def __post_init__(self) -> None:
        demand(1 <= self.grid <= 100, "sobol", "grid", self.grid, "1 to 100")
        power = self.designs >= 2 and self.designs & (self.designs - 1) == 0
        demand(power, "sobol", "designs", self.designs, "a power of two: 8, 16, 32, 64")
        demand(self.seed >= 0, "sobol", "seed", self.seed, "0 or more")
        demand(self.batch_size >= 1, "sobol", "batch_size", self.batch_size, "1 or more")

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return (n, grid, grid) float32, 0 and above, without a unit."""
        asked = probes(model, images, targets, self.fill, self.of, self.batch_size)
        return np.stack([self._heatmap(probe) for probe in asked])

    def _heatmap(self, probe: Probe) -> Heatmap:
        cells = self.grid**2
        sequence = qmc.Sobol(2 * cells, scramble=True, rng=self.seed).random(self.designs)
        first, second = sequence.astype(np.float32).reshape(self.designs, 2, cells).swapaxes(0, 1)
        scores = probe.scores(self._enlarged(probe, _mixed(first, second)))
        indices = total_indices(scores[: self.designs], scores[self.designs :].reshape(cells, self.designs))
        return indices.astype(np.float32).reshape(self.grid, self.grid)

    def _enlarged(self, probe: Probe, designs: Iterator[NDArray[np.float32]]) -> Iterator[Kept]:
        height, width = probe.picture.shape[:2]
        for design in designs:
            cells = design.reshape(self.grid, self.grid)
            soft: Any = cv2.resize(cells, (width, height), interpolation=cv2.INTER_LINEAR)
            yield soft


def _mixed(first: NDArray[np.float32], second: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """Yield the rows of A, then for each column in turn the rows of A with that column from B."""
    yield from first
    for column in range(first.shape[1]):
        for row, other in zip(first, second, strict=True):
            mixed = row.copy()
            mixed[column] = other[column]
            yield mixed


def total_indices(scores: NDArray[np.float64], mixed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Jansen's estimate of each input's total index: (inputs,).

    Args:
        scores: (n,), f(A).
        mixed: (inputs, n), f(A with one column from B).

    Returns:
        Zeros where the scores do not vary.
    """
    if np.ptp(scores) <= _FLAT * np.abs(scores).max():
        return np.zeros(len(mixed))
    indices: NDArray[np.float64] = ((scores - mixed) ** 2).mean(axis=1) / (2 * scores.var(ddof=1))
    return indices

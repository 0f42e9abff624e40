"""RISE."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any, ClassVar, Literal

import cv2
import numpy as np

from xaibrain import Capability, Model
from xaibrain.types import Heatmap, Heatmaps, Images, Targets
from xaibrain_perturbation.demands import demand
from xaibrain_perturbation.filling import Fill
from xaibrain_perturbation.probe import Kept, Of, Probe, probes


@dataclass(frozen=True)
class RISE:
    """RISE: random soft masks, each weighted by the score that it leaves.

    Petsiuk et al. 2018, arXiv:1806.07421: masks by section 3.2 (a random grid of zeros and ones, enlarged
    bilinearly and shifted at random), the map by equation 6. All pictures of one size meet the same masks.
    Forward passes a picture: `masks`.

    Attributes:
        masks: How many. The paper takes 4,000 for VGG16 and 8,000 for ResNet50.
        grid: Cells of the random grid along each side.
        keep: Probability that a cell is kept; p in the paper.
        estimate: `paper` is equation 6: the mean score of the masks that keep a pixel. Its level is the mean
            score of all masks, even where nothing matters, and where by chance more masks keep a pixel, it is
            raised. `covariance` is the unbiased covariance of score and mask over p: that level and that
            chance are taken out, and a pixel that does not matter is at zero.
        fill: What stands where nothing is kept: `black`, as in the paper, `mean` (of the picture) or `blur`.
        of: The score that is watched: `probability`, as in the paper, or `logit`.
        seed: Of the masks.
        batch_size: Masked copies in memory, and in a forward pass; maps do not depend on it.
    """

    masks: int = 1000
    grid: int = 7
    keep: float = 0.5
    estimate: Literal["paper", "covariance"] = "paper"
    fill: Fill = "black"
    of: Of = "probability"
    seed: int = 0
    batch_size: int = 32
    requires: ClassVar[frozenset[Capability]] = frozenset({"logits"})

    def __post_init__(self) -> None:
        demand(self.masks >= 2, "rise", "masks", self.masks, "2 or more")
        demand(self.grid >= 1, "rise", "grid", self.grid, "1 or more")
        demand(0 < self.keep < 1, "rise", "keep", self.keep, "a probability between 0 and 1")
        demand(self.seed >= 0, "rise", "seed", self.seed, "0 or more")
        demand(self.batch_size >= 1, "rise", "batch_size", self.batch_size, "1 or more")

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return (n, h, w) float32 at the input's resolution, in units of the score."""
        asked = probes(model, images, targets, self.fill, self.of, self.batch_size)
        return np.stack([self._heatmap(probe) for probe in asked])

    def _heatmap(self, probe: Probe) -> Heatmap:
        height, width = probe.picture.shape[:2]
        weighted = np.zeros((height, width))
        kept = np.zeros((height, width))
        total = 0.0
        for masks, scores in probe.in_batches(self._masks(height, width)):
            weighted += np.tensordot(scores.astype(np.float32), masks, axes=1)
            kept += masks.sum(axis=0)
            total += scores.sum()
        if self.estimate == "covariance":
            heatmap = (weighted - total / self.masks * kept) / (self.masks - 1)
        else:
            heatmap = weighted / self.masks
        return (heatmap / self.keep).astype(np.float32)

    def _masks(self, height: int, width: int) -> Iterator[Kept]:
        draw = np.random.default_rng(self.seed)
        rows, columns = ceil(height / self.grid), ceil(width / self.grid)
        enlarged = ((self.grid + 1) * columns, (self.grid + 1) * rows)
        for _ in range(self.masks):
            cells = (draw.random((self.grid, self.grid)) < self.keep).astype(np.float32)
            soft: Any = cv2.resize(cells, enlarged, interpolation=cv2.INTER_LINEAR)
            top, left = draw.integers(rows), draw.integers(columns)
            yield soft[top : top + height, left : left + width]

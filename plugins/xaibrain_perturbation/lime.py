"""LIME."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import Ridge

from xaibrain import Capability, Model
from xaibrain.types import Heatmap, Heatmaps, Images, Targets
from xaibrain_perturbation.demands import demand
from xaibrain_perturbation.filling import Fill
from xaibrain_perturbation.probe import Of, Probe, probes
from xaibrain_perturbation.segments import shown, superpixels


@dataclass(frozen=True)
class LIME:
    """LIME: a linear model of the score over superpixels, fitted near the picture.

    Ribeiro et al. 2016, arXiv:1602.04938: copies with random superpixels removed, weighted by the kernel
    exp(−D² / width²) of section 3.4, D being the cosine distance between what is kept and everything, and
    ridge regression for equation 2. A pixel's value is the coefficient of its superpixel. Deviations: the
    authors' code takes the square root of the kernel (their 0.25 is 0.35 here), and removes a superpixel by
    its own mean colour. All superpixels stay in the model. Forward passes a picture: `samples`.

    Attributes:
        segments: Superpixels to aim at.
        samples: Copies, the picture itself among them.
        width: Of the kernel: smaller counts only copies of which little was removed.
        ridge: Penalty on the squared coefficients.
        fill: What stands for a superpixel that is removed: `black`, `mean` (of the picture) or `blur`.
        of: The score that is modelled: `probability`, as in the paper, or `logit`.
        seed: Of the copies.
        batch_size: Copies in memory, and in a forward pass; maps do not depend on it.
    """

    segments: int = 50
    samples: int = 500
    width: float = 0.25
    ridge: float = 1.0
    fill: Fill = "mean"
    of: Of = "probability"
    seed: int = 0
    batch_size: int = 32
    requires: ClassVar[frozenset[Capability]] = frozenset({"logits"})

    def __post_init__(self) -> None:
        demand(self.segments >= 2, "lime", "segments", self.segments, "2 or more")
        demand(self.samples >= 2, "lime", "samples", self.samples, "2 or more")
        demand(self.width > 0, "lime", "width", self.width, "more than 0")
        demand(self.ridge >= 0, "lime", "ridge", self.ridge, "0 or more")
        demand(self.seed >= 0, "lime", "seed", self.seed, "0 or more")
        demand(self.batch_size >= 1, "lime", "batch_size", self.batch_size, "1 or more")

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return (n, h, w) float32 at the input's resolution, signed, in units of the score."""
        asked = probes(model, images, targets, self.fill, self.of, self.batch_size)
        return np.stack([self._heatmap(probe) for probe in asked])

    def _heatmap(self, probe: Probe) -> Heatmap:
        segments = superpixels(probe, self.segments)
        coalitions = self._coalitions(int(segments.max()) + 1)
        scores = probe.scores(shown(coalitions, segments))
        # The cosine between a vector of zeros and ones and one of ones is the root of the share of ones.
        distances = 1 - np.sqrt(coalitions.mean(axis=1, dtype=np.float64))
        weights = np.exp(-((distances / self.width) ** 2))
        fitted = Ridge(alpha=self.ridge, solver="svd").fit(coalitions, scores, sample_weight=weights)
        return np.asarray(fitted.coef_, np.float32)[segments]

    def _coalitions(self, superpixels: int) -> NDArray[np.float32]:
        draw = np.random.default_rng(self.seed)
        coalitions = draw.integers(0, 2, (self.samples, superpixels)).astype(np.float32)
        coalitions[0] = 1
        return coalitions

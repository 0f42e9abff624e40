"""Integrated gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from xaibrain import Capability, Model, target_scores
from xaibrain.errors import UsageError
from xaibrain.types import Heatmaps, Images, Targets
from xaibrain_gradients.asking import chunks, gradients_of
from xaibrain_gradients.reduction import over_channels
from xaibrain_gradients.start import Start, starts


@dataclass(frozen=True)
class IntegratedGradients:
    """Gradients along the straight way from a baseline to the picture, times that way.

    Sundararajan et al. 2017, arXiv:1703.01365, equation 1. The map adds up to the score of the picture less
    that of the baseline, up to the error of the integration, which is noted with every map.

    Attributes:
        steps: How many points of the way are asked.
        baseline: `black`; `blur`, the picture blurred by a tenth of its side; or `mean`, its mean brightness.
        rule: How the integral is taken: `gauss-legendre`, exact for smooth scores with few steps; or
            `trapezoid`, with its ends on the baseline and the picture.
    """

    steps: int = 32
    baseline: Start = "black"
    rule: Literal["gauss-legendre", "trapezoid"] = "gauss-legendre"
    requires: ClassVar[frozenset[Capability]] = frozenset({"input-gradient", "logits"})

    def __post_init__(self) -> None:
        if self.steps < 2:
            raise UsageError(f"integrated-gradients: steps={self.steps} is no way; give 2 or more.")

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return (n, h, w) float32 at the input's resolution, in logits, signed; summed over channels."""
        start = starts(model, images, self.baseline)
        way = images - start
        places, weights = _quadrature(self.steps, self.rule)
        mean = np.zeros(images.shape, np.float64)
        done = 0
        for several in chunks(self.steps, len(images)):
            part = slice(done, done + several)
            points = start[:, None] + places[part, None, None, None] * way[:, None]
            mean += np.einsum("nmhwc,m->nhwc", gradients_of(model, points, targets), weights[part])
            done += several
        return over_channels((way * mean).astype(np.float64), "sum")

    def notes(
        self, model: Model, images: Images, targets: Targets, heatmaps: Heatmaps
    ) -> Sequence[Mapping[str, Any]]:
        """Say how far each map is from adding up to what it explains, in logits."""
        ends = [target_scores(model.logits(side), targets).astype(np.float64)
                for side in (images, starts(model, images, self.baseline))]  # fmt: skip
        wanted = ends[0] - ends[1]
        residual = heatmaps.sum(axis=(1, 2), dtype=np.float64) - wanted
        return [
            {"score_difference": round(float(difference), 6), "completeness_residual": round(float(rest), 6)}
            for difference, rest in zip(wanted, residual, strict=True)
        ]


def _quadrature(steps: int, rule: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return places from 0 to 1 and their weights, which sum to 1."""
    if rule == "trapezoid":
        weights = np.full(steps, 1 / (steps - 1))
        weights[[0, -1]] /= 2
        return np.linspace(0, 1, steps), weights
    places, weights = np.polynomial.legendre.leggauss(steps)
    return (places + 1) / 2, weights / 2

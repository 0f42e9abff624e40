"""Occlusion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, product
from typing import ClassVar

import numpy as np

from xaibrain import Capability, Model
from xaibrain.types import Heatmap, Heatmaps, Images, Targets
from xaibrain_perturbation.demands import demand
from xaibrain_perturbation.filling import Fill
from xaibrain_perturbation.probe import Kept, Of, Probe, probes


@dataclass(frozen=True)
class Occlusion:
    """Occlusion: how far the score falls when a window of the picture is covered.

    Zeiler & Fergus 2014, arXiv:1311.2901, section 4.2, who show the probability that is left while a grey
    square covers a place. Here it is what is lost, so that evidence is positive, and a pixel's value is the
    mean over all the windows that cover it. Forward passes a picture: the number of windows, 169 as it comes,
    and one.

    Attributes:
        window: Sides of the window, as a share of the picture's.
        stride: Step between windows, as a share of the picture's sides. The last window of a row or column
            ends where the picture ends.
        fill: What covers the window: `black`, `mean` (of the picture) or `blur`.
        of: The score that is watched: `probability`, as in the paper, or `logit`.
        batch_size: Covered copies in memory, and in a forward pass; maps do not depend on it.
    """

    window: float = 0.15
    stride: float = 0.075
    fill: Fill = "mean"
    of: Of = "probability"
    batch_size: int = 32
    requires: ClassVar[frozenset[Capability]] = frozenset({"logits"})

    def __post_init__(self) -> None:
        for name in ("window", "stride"):
            share = getattr(self, name)
            demand(0 < share <= 1, "occlusion", name, share, "a share of the picture's sides, up to 1")
        demand(self.stride <= self.window, "occlusion", "stride", self.stride, "at most the window")
        demand(self.batch_size >= 1, "occlusion", "batch_size", self.batch_size, "1 or more")

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return (n, h, w) float32 at the input's resolution, signed, in units of the score."""
        asked = probes(model, images, targets, self.fill, self.of, self.batch_size)
        return np.stack([self._heatmap(probe) for probe in asked])

    def _heatmap(self, probe: Probe) -> Heatmap:
        height, width = probe.picture.shape[:2]
        windows = list(product(self._spans(height), self._spans(width)))
        whole = np.ones((height, width), np.float32)
        scores = probe.scores(chain([whole], _covered(whole.shape, windows)))
        drops = np.zeros(whole.shape)
        counts = np.zeros(whole.shape)
        for place, score in zip(windows, scores[1:], strict=True):
            drops[place] += scores[0] - score
            counts[place] += 1
        return (drops / counts).astype(np.float32)

    def _spans(self, side: int) -> list[slice]:
        """Return the windows along one side, in pixels; together they cover it."""
        window = max(1, round(self.window * side))
        stride = max(1, round(self.stride * side))
        starts = [*range(0, side - window, stride), side - window]
        return [slice(start, start + window) for start in starts]


def _covered(shape: tuple[int, ...], windows: list[tuple[slice, slice]]) -> Iterator[Kept]:
    mask = np.ones(shape, np.float32)
    for place in windows:
        mask[place] = 0
        yield mask
        mask[place] = 1

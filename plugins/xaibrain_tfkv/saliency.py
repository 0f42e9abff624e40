"""Saliency of tf-keras-vis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xaibrain import Capability, Model
from xaibrain.errors import UsageError
from xaibrain.types import Heatmaps, Images, Targets
from xaibrain_tfkv import library


@dataclass(frozen=True)
class Saliency:
    """Saliency of tf-keras-vis: the largest magnitude, over channels, of the score's gradient.

    With `samples`, its SmoothGrad: the mean of these magnitudes over noisy copies.

    Attributes:
        samples: Noisy copies; 0 for the picture itself.
        noise: Standard deviation of the noise, as a share of the picture's own range.
        seed: Of the noise.
    """

    samples: int = 0
    noise: float = 0.2
    seed: int = 0
    requires: ClassVar[frozenset[Capability]] = frozenset({"keras-network", "logits"})

    def __post_init__(self) -> None:
        for name in ("samples", "noise", "seed"):
            if getattr(self, name) < 0:
                raise UsageError(f"tfkv-saliency: {name}={getattr(self, name)} is too small; give 0 or more.")

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return (n, h, w) float32 at the input's resolution, 0 and above, in logits a unit of the input."""
        copy = library.linear_copy(model, images)
        ask = library.Saliency(copy)
        maps = []
        for index in range(len(images)):
            score = library.score_of(targets[index : index + 1], copy)
            # One picture at a time: the noise of a batch would depend on its size.
            with library.seeded(self.seed):
                maps.append(
                    ask(
                        score,
                        images[index : index + 1],
                        smooth_samples=self.samples,
                        smooth_noise=self.noise,
                        normalize_map=False,
                    )
                )
        return np.concatenate(maps).astype(np.float32)

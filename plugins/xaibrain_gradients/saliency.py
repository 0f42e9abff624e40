"""Saliency: the gradient itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from xaibrain import Capability, Model
from xaibrain.types import Heatmaps, Images, Targets
from xaibrain_gradients.reduction import Reduction, over_channels


@dataclass(frozen=True)
class Saliency:
    """How much the score moves with each pixel.

    Simonyan et al. 2013, arXiv:1312.6034, section 3: the magnitude of the gradient, the largest over the
    channels. Without `absolute` the sign is kept: brighter for the class, or against it.

    Attributes:
        absolute: Whether signs are dropped, as in the paper.
        channels: `max` takes the channel of the largest magnitude, as in the paper; or `mean`, or `sum`.
        sigma: Standard deviation, in pixels of the input, of a Gaussian that smooths the map; 0 for none.
    """

    absolute: bool = True
    channels: Reduction = "max"
    sigma: float = 0.0
    requires: ClassVar[frozenset[Capability]] = frozenset({"input-gradient"})

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return (n, h, w) float32 at the input's resolution, in logits per unit of the input."""
        slopes = model.input_gradients(images, targets)
        return over_channels(slopes, self.channels, self.absolute, self.sigma)

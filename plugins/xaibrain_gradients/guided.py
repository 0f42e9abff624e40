"""Guided backpropagation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

from xaibrain import Capability, Guidable, Model
from xaibrain.types import Heatmaps, Images, Targets
from xaibrain_gradients.reduction import Reduction, over_channels


@dataclass(frozen=True)
class GuidedBackprop:
    """Saliency of a guided network: on the way back, every ReLU drops what speaks against the score.

    Springenberg et al. 2014, arXiv:1412.6806, section 3.4. Its maps are sharp because they follow the
    picture's edges, and hardly change when the network forgets what it learned: Adebayo et al. 2018, Sanity
    Checks for Saliency Maps, arXiv:1810.03292. A network without a ReLU is refused.

    Attributes:
        absolute: Whether signs are dropped.
        channels: `max` takes the channel of the largest magnitude; or `mean`, or `sum`.
        sigma: Standard deviation, in pixels of the input, of a Gaussian that smooths the map; 0 for none.
    """

    absolute: bool = True
    channels: Reduction = "max"
    sigma: float = 0.0
    requires: ClassVar[frozenset[Capability]] = frozenset({"guided-gradient"})

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return (n, h, w) float32 at the input's resolution, in logits per unit of the input."""
        slopes = cast(Guidable, model).guided_gradients(images, targets)
        return over_channels(slopes, self.channels, self.absolute, self.sigma)

"""Input × gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from xaibrain import Capability, Model
from xaibrain.types import Heatmaps, Images, Targets
from xaibrain_gradients.reduction import over_channels


@dataclass(frozen=True)
class InputXGradient:
    """Each pixel times its gradient: what it adds to the score, were the network linear.

    Shrikumar et al. 2016, arXiv:1605.01713. The input is taken as the model takes it: a pixel of value 0 has
    no say, which is black for models that take 0 to 255 or 0 to 1, and mid-grey for those that take −1 to 1.
    """

    requires: ClassVar[frozenset[Capability]] = frozenset({"input-gradient"})

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return (n, h, w) float32 at the input's resolution, in logits, signed; summed over channels."""
        return over_channels(images * model.input_gradients(images, targets), "sum")

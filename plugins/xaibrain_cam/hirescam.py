"""HiResCAM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xaibrain.types import Activations, Heatmaps
from xaibrain_cam.gradcam import GradCAM
from xaibrain_cam.slopes import GradientMethod


@dataclass(frozen=True)
class HiResCAM(GradientMethod):
    """HiResCAM: each activation counts by its own gradient.

    Draelos & Carin 2020, arXiv:2011.08891: the sum over channels of gradient × activation. Where one
    dense layer follows, pooled or flattened, the map adds up to the score without its bias.

    Attributes:
        layer: Path of the layer, or `auto` for the last one with a spatial map; several are fused.
    """

    coincides: ClassVar[str] = GradCAM.coincides

    def weighed(self, activations: Activations, gradients: Activations) -> Heatmaps:
        """Return (n, h, w) float32 in logits, signed."""
        heatmaps: Heatmaps = np.einsum("nhwk,nhwk->nhw", activations, gradients)
        return heatmaps

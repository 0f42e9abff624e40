"""Element-wise Grad-CAM."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xaibrain.types import Activations, Heatmaps
from xaibrain_cam.slopes import GradientMethod


@dataclass(frozen=True)
class ElementwiseGradCAM(GradientMethod):
    """Element-wise Grad-CAM: HiResCAM with what speaks against the class taken away first.

    The variant of the library pytorch-grad-cam (`GradCAMElementWise`): the sum over channels of
    ReLU(gradient × activation). The ReLU stands inside the sum and belongs to the method, so the map is
    never negative: what one channel says against the class no longer weighs against another.

    Attributes:
        layer: Path of the layer, or `auto` for the last one with a spatial map; several are fused.
    """

    def weighed(self, activations: Activations, gradients: Activations) -> Heatmaps:
        """Return (n, h, w) float32 in logits, from 0 up."""
        heatmaps: Heatmaps = np.maximum(activations * gradients, 0).sum(axis=3)
        return heatmaps

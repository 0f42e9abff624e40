"""Layer-CAM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xaibrain.types import Activations, Heatmaps
from xaibrain_cam.gradcam_plus_plus import GradCAMPlusPlus
from xaibrain_cam.slopes import GradientMethod


@dataclass(frozen=True)
class LayerCAM(GradientMethod):
    """Layer-CAM: each activation counts by its own gradient, where that is positive.

    Jiang et al. 2021, LayerCAM, IEEE Transactions on Image Processing 30: the sum over channels of
    ReLU(gradient) × activation, without the last ReLU. Made for layers early in the network, too.

    Attributes:
        layer: Path of the layer, or `auto` for the last one with a spatial map; several are fused.
    """

    coincides: ClassVar[str] = GradCAMPlusPlus.coincides

    def weighed(self, activations: Activations, gradients: Activations) -> Heatmaps:
        """Return (n, h, w) float32 in logits, signed where activations are."""
        heatmaps: Heatmaps = np.einsum("nhwk,nhwk->nhw", activations, np.maximum(gradients, 0))
        return heatmaps

"""XGrad-CAM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xaibrain.types import Activations, Heatmaps
from xaibrain_cam.gradcam import GradCAM
from xaibrain_cam.slopes import GradientMethod


@dataclass(frozen=True)
class XGradCAM(GradientMethod):
    """XGrad-CAM: each channel counts by its gradient, averaged where the channel is active.

    Fu et al. 2020, Axiom-based Grad-CAM, arXiv:2008.02312: the gradients of a channel are averaged with its
    activations, divided by their sum, as weights. A channel that sums to zero counts nothing. With
    activations of both signs (swish) a sum can come near zero, and its channel then outweighs all others.

    Attributes:
        layer: Path of the layer, or `auto` for the last one with a spatial map; several are fused.
    """

    coincides: ClassVar[str] = GradCAM.coincides

    def weighed(self, activations: Activations, gradients: Activations) -> Heatmaps:
        """Return (n, h, w) float32 in logits, signed."""
        exact = activations.astype(np.float64)
        mass = exact.sum(axis=(1, 2))
        pull = np.einsum("nhwk,nhwk->nk", exact, gradients)
        weights = np.divide(pull, mass, out=np.zeros_like(pull), where=mass != 0)
        heatmaps: Heatmaps = np.einsum("nhwk,nk->nhw", exact, weights, optimize=True)
        return heatmaps.astype(np.float32)

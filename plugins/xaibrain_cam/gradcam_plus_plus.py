"""Grad-CAM++."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xaibrain.types import Activations, Heatmaps
from xaibrain_cam.slopes import GradientMethod, same_everywhere


@dataclass(frozen=True)
class GradCAMPlusPlus(GradientMethod):
    """Grad-CAM++: each channel counts by its positive gradients, weighted pixel by pixel.

    Chattopadhay et al. 2018, arXiv:1710.11063: alpha by equation 19, the class score being the
    exponential of the logit, and weights by equation 9. As in the authors' code, the alphas of a channel
    are divided by their sum over the positions whose gradient is positive. The factor exp(logit) is common
    to a whole map and overflows float32 at 89: it is left out.

    Attributes:
        layer: Path of the layer, or `auto` for the last one with a spatial map; several are fused.
    """

    coincides: ClassVar[str] = (
        "each channel's gradient is the same at every position here, so gradcam++ and layercam are gradcam "
        "without the channels of negative weight, and their agreement says nothing"
    )

    def weighed(self, activations: Activations, gradients: Activations) -> Heatmaps:
        """Return (n, h, w) float32, signed, in logits up to exp(logit)."""
        # The same at all positions, as after pooling: one of them stands for all, since alphas are shares.
        told = gradients[:, :1, :1] if same_everywhere(gradients) else gradients
        slope = told.astype(np.float64)
        mass = activations.sum(axis=(1, 2), keepdims=True, dtype=np.float64)
        # Equation 19 with its common factor slope² cancelled. Where the slope is not positive, equation 9
        # has no use for alpha. It has a pole where slope × mass is −2: float32 would not do near it.
        under = 2 + slope * mass
        used = (slope > 0) & (under != 0)
        alpha = np.divide(1, under, out=np.zeros_like(under), where=used)
        total = alpha.sum(axis=(1, 2))
        weights = np.einsum("nhwk,nhwk->nk", alpha, slope) / np.where(total != 0, total, 1)
        heatmaps: Heatmaps = np.einsum("nhwk,nk->nhw", activations, weights.astype(np.float32), optimize=True)
        return heatmaps

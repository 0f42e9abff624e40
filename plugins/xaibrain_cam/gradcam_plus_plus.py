"""Grad-CAM++."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xaibrain import Capability, Model
from xaibrain.types import Heatmaps, Images, Targets


@dataclass(frozen=True)
class GradCAMPlusPlus:
    """Grad-CAM++: each channel counts by its positive gradients, weighted pixel by pixel.

    Chattopadhay et al. 2018, arXiv:1710.11063: alpha by equation 19, the class score being the
    exponential of the logit, and weights by equation 9. As in the authors' code, the alphas of a channel
    are divided by their sum over the positions whose gradient is positive. The factor exp(logit) is common
    to a whole map and overflows float32 at 89: it is left out.

    Attributes:
        layer: Path of the layer, or `auto` for the last one with a spatial map.
    """

    layer: str = "auto"
    requires: ClassVar[frozenset[Capability]] = frozenset({"layer-gradient"})

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return (n, h, w) float32 at the layer's resolution, signed, in logits up to exp(logit)."""
        activations, gradients = model.activations_and_gradients(images, targets, self.layer)
        # Alpha has a pole where gradient × sum of activations is −2: float32 would not do near it.
        slope = gradients.astype(np.float64)
        mass = activations.sum(axis=(1, 2), keepdims=True, dtype=np.float64)
        alpha = _ratio(slope**2, 2 * slope**2 + slope**3 * mass)
        positive = slope > 0
        total = (alpha * positive).sum(axis=(1, 2), keepdims=True)
        alpha = _ratio(alpha, total, otherwise=alpha)
        weights = (alpha * np.where(positive, slope, 0)).sum(axis=(1, 2))
        heatmaps: Heatmaps = np.einsum("nhwk,nk->nhw", activations, weights, optimize=True).astype(np.float32)
        return heatmaps


def _ratio(over: np.ndarray, under: np.ndarray, otherwise: np.ndarray | float = 0.0) -> np.ndarray:
    """Divide, and put another value where the divisor is zero."""
    nonzero = under != 0
    return np.asarray(np.where(nonzero, over / np.where(nonzero, under, 1), otherwise))

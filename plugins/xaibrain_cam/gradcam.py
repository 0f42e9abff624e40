"""Grad-CAM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xaibrain import Capability, Model
from xaibrain.types import Heatmaps, Images, Targets


@dataclass(frozen=True)
class GradCAM:
    """Grad-CAM: each channel counts by the mean of its gradient.

    Selvaraju et al. 2017, arXiv:1610.02391: weights by equation 1, the map by equation 2 without its
    ReLU, so that evidence against the class stays visible; showing a map clips it at zero.

    Attributes:
        layer: Path of the layer, or `auto` for the last one with a spatial map.
    """

    layer: str = "auto"
    requires: ClassVar[frozenset[Capability]] = frozenset({"layer-gradient"})

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return (n, h, w) float32 at the layer's resolution, in logits, signed."""
        activations, gradients = model.activations_and_gradients(images, targets, self.layer)
        weights = gradients.mean(axis=(1, 2))
        heatmaps: Heatmaps = np.einsum("nhwk,nk->nhw", activations, weights, optimize=True)
        return heatmaps

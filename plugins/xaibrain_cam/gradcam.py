"""Grad-CAM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from xaibrain.types import Activations, Heatmaps
from xaibrain_cam.slopes import GradientMethod


@dataclass(frozen=True)
class GradCAM(GradientMethod):
    """Grad-CAM: each channel counts by the mean of its gradient.

    Selvaraju et al. 2017, arXiv:1610.02391: weights by equation 1, the map by equation 2 without its
    ReLU, so that evidence against the class stays visible; showing a map clips it at zero.

    Attributes:
        layer: Path of the layer, or `auto` for the last one with a spatial map; several are fused.
    """

    coincides: ClassVar[str] = (
        "each channel's gradient is the same at every position here, so gradcam, hirescam and xgradcam are "
        "one map, and their agreement says nothing"
    )

    def weighed(self, activations: Activations, gradients: Activations) -> Heatmaps:
        """Return (n, h, w) float32 in logits, signed."""
        weights = gradients.mean(axis=(1, 2))
        heatmaps: Heatmaps = np.einsum("nhwk,nk->nhw", activations, weights, optimize=True)
        return heatmaps

    def cautions(self, activations: NDArray[np.float32], gradients: NDArray[np.float32]) -> Mapping[str, Any]:
        """Compare with what averaging the gradients hides: Draelos & Carin 2020, arXiv:2011.08891."""
        averaged = (activations @ gradients.mean(axis=(0, 1))).ravel()
        exact = (activations * gradients).sum(axis=2).ravel()
        if np.ptp(averaged) == 0 or np.ptp(exact) == 0:
            return {}
        return {
            "caution": "gradients vary over the positions of a channel, and Grad-CAM averages them: it can "
            "mark places that the score does not depend on; compare with hirescam",
            "correlation_with_hirescam": round(float(np.corrcoef(averaged, exact)[0, 1]), 4),
        }

"""Grad-CAM and Grad-CAM++ of tf-keras-vis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xaibrain import Capability, Model
from xaibrain.types import Heatmaps, Images, Targets
from xaibrain_tfkv import library


@dataclass(frozen=True)
class GradCAM:
    """Grad-CAM of tf-keras-vis, without the ReLU, enlarging and scaling that it ends with.

    The network is copied for every batch: it costs seconds where `gradcam` costs milliseconds.

    Attributes:
        layer: Name of the layer, or `auto` for the last one with a spatial map.
    """

    layer: str = "auto"
    requires: ClassVar[frozenset[Capability]] = frozenset({"keras-network", "logits"})

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return (n, h, w) float32 at the layer's resolution, in logits, signed."""
        layer = library.layer_in(model, self.layer)
        copy = library.linear_copy(model, images)
        heatmaps = library.Gradcam(copy)(
            library.score_of(targets, copy),
            images,
            penultimate_layer=layer,
            seek_penultimate_conv_layer=False,
            activation_modifier=None,
            expand_cam=False,
            normalize_cam=False,
        )
        return np.asarray(heatmaps, np.float32)


@dataclass(frozen=True)
class GradCAMPlusPlus:
    """Grad-CAM++ of tf-keras-vis, without the enlarging and scaling that it ends with.

    It divides the alphas by their sum over all positions, where the authors' code takes those with a positive
    gradient, and multiplies with exp(logit), which float32 cannot hold above 88: such maps come out
    `non-finite`.

    Attributes:
        layer: Name of the layer, or `auto` for the last one with a spatial map.
    """

    layer: str = "auto"
    requires: ClassVar[frozenset[Capability]] = frozenset({"keras-network", "logits"})

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return (n, h, w) float32 at the layer's resolution, 0 and above, in logits times exp(logit)."""
        layer = library.layer_in(model, self.layer)
        copy = library.linear_copy(model, images)
        heatmaps = library.GradcamPlusPlus(copy)(
            library.score_of(targets, copy),
            images,
            penultimate_layer=layer,
            seek_penultimate_conv_layer=False,
            expand_cam=False,
            normalize_cam=False,
        )
        return np.asarray(heatmaps, np.float32)

"""Grad-CAM and Grad-CAM++ of tf-keras-vis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xaibrain import Capability, Model
from xaibrain.types import Heatmaps, Images, Targets
from xaibrain_tfkv import library


@dataclass(frozen=True)
class _Cam:
    """Base: asks tf-keras-vis for a raw map of one layer.

    Attributes:
        layer: Name of the layer, or `auto` for the last one with a spatial map.
    """

    layer: str = "auto"
    requires: ClassVar[frozenset[Capability]] = frozenset({"keras-network", "logits"})
    theirs: ClassVar[Any]
    raw: ClassVar[dict[str, Any]] = {"expand_cam": False, "normalize_cam": False}

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return (n, h, w) float32 at the layer's resolution."""
        layer = library.layer_in(model, self.layer)
        copy = library.linear_copy(model, images)
        heatmaps = self.theirs(copy)(
            library.score_of(targets, copy),
            images,
            penultimate_layer=layer,
            seek_penultimate_conv_layer=False,
            **self.raw,
        )
        return np.asarray(heatmaps, np.float32)


@dataclass(frozen=True)
class GradCAM(_Cam):
    """Grad-CAM of tf-keras-vis, without the ReLU, enlarging and scaling that it ends with; in logits, signed.

    The network is copied for every batch: it costs seconds where `gradcam` costs milliseconds.

    Attributes:
        layer: Name of the layer, or `auto` for the last one with a spatial map.
    """

    theirs: ClassVar[Any] = library.Gradcam
    raw: ClassVar[dict[str, Any]] = {**_Cam.raw, "activation_modifier": None}


@dataclass(frozen=True)
class GradCAMPlusPlus(_Cam):
    """Grad-CAM++ of tf-keras-vis, without the enlarging and scaling that it ends with; 0 and above.

    It divides the alphas by their sum over all positions, where the authors' code takes those with a positive
    gradient, and multiplies with exp(logit), which float32 cannot hold above 88: such maps come out
    `non-finite`. They are in logits times exp(logit).

    Attributes:
        layer: Name of the layer, or `auto` for the last one with a spatial map.
    """

    theirs: ClassVar[Any] = library.GradcamPlusPlus

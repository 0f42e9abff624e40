"""Guided Grad-CAM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np

from xaibrain import Capability, Guidable, Model
from xaibrain.types import Heatmaps, Images, Targets
from xaibrain_cam.gradcam import GradCAM
from xaibrain_cam.method import LayerMethod, enlarged


@dataclass(frozen=True)
class GuidedGradCAM(LayerMethod):
    """Guided Grad-CAM: the fine lines of guided backpropagation, where Grad-CAM is.

    Selvaraju et al. 2017, arXiv:1610.02391, section 3.2: Grad-CAM with its ReLU, enlarged bilinearly to the
    picture, times guided backpropagation (Springenberg et al. 2014, arXiv:1412.6806). The paper shows the
    product in colours; here the largest magnitude over the channels is taken. The lines are the picture's
    more than the model's: Adebayo et al. 2018, arXiv:1810.03292. A network without a ReLU is refused.

    Attributes:
        layer: Path of the layer that Grad-CAM reads, or `auto` for the last one with a spatial map; several
            are fused.
    """

    requires: ClassVar[frozenset[Capability]] = frozenset({"layer-gradient", "guided-gradient"})

    def at(self, model: Model, images: Images, targets: Targets, layer: str) -> Heatmaps:
        """Return (n, h, w) float32 at the input's resolution, 0 and above, in logits² per unit of it."""
        coarse = np.maximum(GradCAM(layer).at(model, images, targets, layer), 0)
        lines = np.abs(cast(Guidable, model).guided_gradients(images, targets)).max(axis=3)
        large = np.stack([enlarged(one, *lines.shape[1:]) for one in coarse])
        return np.asarray(large * lines, np.float32)

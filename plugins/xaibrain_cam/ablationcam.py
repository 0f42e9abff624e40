"""Ablation-CAM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from xaibrain import Capability, Model, target_scores
from xaibrain.types import Activations, Heatmaps, Images, Targets
from xaibrain_cam.method import LayerMethod

_NUMBERS = 2**24
"""How many numbers one question to the model's head may hold."""


@dataclass(frozen=True)
class AblationCAM(LayerMethod):
    """Ablation-CAM: each channel counts by what the score loses without it.

    Desai & Ramaswamy 2020, WACV: a channel's weight is the drop of the score when it is set to zero, and the
    map is the weighted sum of channels, without its ReLU. The paper divides every weight by the score itself,
    a factor common to the whole map that turns it over where the score is negative: it is left out.

    Attributes:
        layer: Path of the layer, or `auto` for the last one with a spatial map; several are fused.
    """

    requires: ClassVar[frozenset[Capability]] = frozenset({"activations", "head"})

    def at(self, model: Model, images: Images, targets: Targets, layer: str) -> Heatmaps:
        """Return (n, h, w) float32 in logits × activations, signed."""
        activations = model.activations(images, layer)
        whole = target_scores(model.logits_from(images, activations, layer), targets)
        step = max(1, _NUMBERS // activations.size)
        chunks = np.split(np.arange(activations.shape[3]), range(step, activations.shape[3], step))
        without = [_without(model, images, targets, layer, activations, chunk) for chunk in chunks]
        weights = whole[:, None] - np.concatenate(without, axis=1)
        heatmaps: Heatmaps = np.einsum("nhwk,nk->nhw", activations, weights, optimize=True)
        return heatmaps


def _without(
    model: Model,
    images: Images,
    targets: Targets,
    layer: str,
    activations: Activations,
    channels: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Return the scores of n pictures without each of m channels: (n, m)."""
    variants = np.repeat(activations[:, None], len(channels), axis=1)
    variants[:, np.arange(len(channels)), :, :, channels] = 0
    logits = model.logits_from(images, variants.reshape(-1, *activations.shape[1:]), layer)
    return target_scores(logits, np.repeat(targets, len(channels), axis=0)).reshape(len(images), -1)

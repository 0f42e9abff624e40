"""How the gradients of a layer lie, and what follows for the methods that read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from xaibrain import Capability, Model
from xaibrain.types import Activations, Heatmaps, Images, Targets
from xaibrain_cam.method import LayerMethod

_LEVEL = 1e-4
_HIDDEN = (
    "a hidden dense layer stands between pooling and the scores: how much a channel counts is true near this "
    "picture alone, and no map of the layer adds up to the score"
)


@dataclass(frozen=True)
class GradientMethod(LayerMethod):
    """A method of a layer's activations and gradients.

    Its notes say what can be seen in the gradients themselves. After global average pooling the gradient
    of a channel is the same at every position, and methods that differ elsewhere are one map there. Whether
    one dense layer follows, or a hidden one before it, is the model's to say: its attribute `hidden_dense`.
    """

    requires: ClassVar[frozenset[Capability]] = frozenset({"layer-gradient"})
    coincides: ClassVar[str] = ""

    def weighed(self, activations: Activations, gradients: Activations) -> Heatmaps:
        """Return (n, h, w) maps from a layer's output and gradient, (n, h, w, k) each."""
        raise NotImplementedError

    def at(self, model: Model, images: Images, targets: Targets, layer: str) -> Heatmaps:
        """Return (n, h, w) maps at one layer."""
        return self.weighed(*model.activations_and_gradients(images, targets, layer))

    def notes(
        self, model: Model, images: Images, targets: Targets, heatmaps: Heatmaps
    ) -> Sequence[Mapping[str, Any]]:
        """Say where this method is another one under a new name, judged by the gradients of each picture."""
        if "," in self.layer:
            return [{} for _ in images]
        activations, gradients = model.activations_and_gradients(images, targets, self.layer)
        head = {"head": _HIDDEN} if getattr(model, "hidden_dense", False) else {}
        return [
            {"coincides": self.coincides, **head} if level and self.coincides else self.cautions(*pair)
            for level, *pair in zip(level_everywhere(gradients), activations, gradients, strict=True)
        ]

    def cautions(self, activations: NDArray[np.float32], gradients: NDArray[np.float32]) -> Mapping[str, Any]:
        """Say what is to be known where gradients vary: one picture, (h, w, k) each."""
        return {}


def level_everywhere(gradients: Activations) -> NDArray[np.bool_]:
    """Tell for each picture whether every channel's gradient is the same at all positions, and not zero."""
    # After pooling they are the same to the last bit, which is quick to see.
    if same_everywhere(gradients):
        return np.asarray(gradients[:, 0, 0].any(axis=1))
    top = np.abs(gradients).max(axis=(1, 2, 3))
    spread = np.abs(gradients - gradients.mean(axis=(1, 2), keepdims=True)).max(axis=(1, 2, 3))
    level: NDArray[np.bool_] = (spread <= _LEVEL * top) & (top > 0)
    return level


def same_everywhere(gradients: Activations) -> bool:
    """Tell whether every channel's gradient is the same at all positions, to the last bit."""
    # A view that holds one value a channel.
    if gradients.strides[1:3] == (0, 0):
        return True
    return bool((gradients == gradients[:, :1, :1]).all())

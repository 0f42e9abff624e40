"""What computes a model's answers: a framework, or an engine."""

from __future__ import annotations

from typing import Protocol

from xaibrain.models.memory import Seen
from xaibrain.types import Activations, Images, Logits


class Programs(Protocol):
    """Answers for float32 batches, by the whole path of a layer.

    What a gradient is taken of is `weights · logits`: a weight for each class, (n, classes).
    """

    def scores(self, images: Images, layer: str) -> Logits:
        """Return class scores: (n, classes).

        Args:
            images: (n, h, w, c).
            layer: One that is read as well, whose program may be there already; empty for none.
        """
        ...

    def observe(self, images: Images, layer: str) -> Seen:
        """Return what a layer puts out, (n, h, w, k), and the class scores."""
        ...

    def gradient(self, images: Images, activations: Activations, weights: Logits, layer: str) -> Activations:
        """Return d(weights · logits)/d(activations), the activations being what the layer put out."""
        ...

    def scores_from(self, images: Images, activations: Activations, layer: str) -> Logits:
        """Return class scores with other values in place of a layer's output, as `Model.logits_from`."""
        ...

    def input_gradient(self, images: Images, weights: Logits) -> Images:
        """Return d(weights · logits)/d(images)."""
        ...

    def guided_gradient(self, images: Images, weights: Logits) -> Images:
        """Return the same of the guided network, as `Guidable.guided_gradients`."""
        ...

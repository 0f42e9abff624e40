"""Remembers what a model answered for one batch, as long as that batch cannot have changed."""

from __future__ import annotations

import numpy as np

from xaibrain.types import Activations, Images, Logits

Seen = tuple[Activations, Logits]
"""A layer's activations, and the scores."""


class LastBatch:
    """The answers for the last frozen batch: an array that owns its data and cannot be written to.

    An explainer asks for scores, activations and gradients of one batch; the network runs once.
    """

    def __init__(self) -> None:
        self._kept: tuple[Images, str, Seen] | None = None
        self._gradients: tuple[Activations, Logits, Activations] | None = None

    def recall(self, images: Images, layer: str) -> Seen | None:
        """Return what was kept for this very array and layer."""
        kept = self._kept
        if kept and kept[0] is images and kept[1] == layer and frozen(images):
            return kept[2]
        return None

    def keep(self, images: Images, layer: str, seen: Seen) -> Seen:
        """Remember what was answered, if the batch is frozen; and return it."""
        if frozen(images):
            # Handed out more than once: whoever writes into them would change the next answer.
            for answer in seen:
                answer.flags.writeable = False
            self._kept = (images, layer, seen)
        return seen

    def recall_gradients(self, activations: Activations, weights: Logits) -> Activations | None:
        """Return the gradients at these very activations, for the same weights of the scores."""
        kept = self._gradients
        if kept and kept[0] is activations and np.array_equal(kept[1], weights):
            return kept[2]
        return None

    def keep_gradients(
        self, activations: Activations, weights: Logits, gradients: Activations
    ) -> Activations:
        """Remember gradients, if the activations themselves are remembered; and return them."""
        if self._kept and self._kept[2][0] is activations:
            gradients.flags.writeable = False
            self._gradients = (activations, weights, gradients)
        return gradients


def frozen(images: Images) -> bool:
    """Whether no one can write to an array; a read-only view is not frozen, since its owner may."""
    return bool(images.flags.owndata and not images.flags.writeable)

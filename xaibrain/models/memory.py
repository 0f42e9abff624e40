"""Remembers what a model answered for the last batch, as long as that cannot have changed."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from xaibrain.types import Activations, Images, Logits

Seen = tuple[Activations, Logits]
"""A layer's activations, and the scores."""

_LAYERS = 3
"""Answers of so many are kept: each is as large as the batch."""


@dataclass
class _Answered:
    images: Images
    layer: str
    seen: Seen
    gradients: tuple[Logits, Activations] | None = None


class LastBatch:
    """The answers for the last frozen batch: an array that owns its data and cannot be written to.

    Explainers ask for scores, activations and gradients of one batch, at one or several layers; the network
    runs once for each. Several threads may ask, each for a batch of its own.
    """

    def __init__(self) -> None:
        self._kept: deque[_Answered] = deque(maxlen=_LAYERS)

    def recall(self, images: Images, layer: str) -> Seen | None:
        """Return what was kept for this very array and layer."""
        for kept in self._kept.copy():
            if kept.images is images and kept.layer == layer and frozen(images):
                return kept.seen
        return None

    def keep(self, images: Images, layer: str, seen: Seen) -> Seen:
        """Remember what was answered, if the batch is frozen; and return it."""
        if frozen(images):
            # Handed out more than once: whoever writes into them would change the next answer.
            for answer in seen:
                answer.flags.writeable = False
            # The one before goes at once: the next is written to its memory, which is in the caches then.
            if any(kept.images is not images for kept in self._kept.copy()):
                self._kept = deque(maxlen=_LAYERS)
            self._kept.append(_Answered(images, layer, seen))
        return seen

    def recall_gradients(self, activations: Activations, weights: Logits) -> Activations | None:
        """Return the gradients at these very activations, for the same weights of the scores."""
        kept = self._of(activations)
        if kept and kept.gradients and np.array_equal(kept.gradients[0], weights):
            return kept.gradients[1]
        return None

    def keep_gradients(
        self, activations: Activations, weights: Logits, gradients: Activations
    ) -> Activations:
        """Remember gradients, if the activations themselves are remembered; and return them."""
        if kept := self._of(activations):
            gradients.flags.writeable = False
            kept.gradients = (weights, gradients)
        return gradients

    def _of(self, activations: Activations) -> _Answered | None:
        return next((kept for kept in self._kept.copy() if kept.seen[0] is activations), None)


def frozen(images: Images) -> bool:
    """Whether no one can write to an array; a read-only view is not frozen, since its owner may."""
    return bool(images.flags.owndata and not images.flags.writeable)

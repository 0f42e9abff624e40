"""First a new head, then the whole network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from xaibrain.training.recipe import Recipe

NEW_HEAD_EPOCHS = 3
"""Epochs for a new head on pretrained weights where the recipe does not say."""


@dataclass(frozen=True)
class Phase:
    """A part of a training with a schedule of its own.

    Attributes:
        name: `head` or `whole`.
        epochs: Passes over the pictures.
        warmup_epochs: Of these, those of warm-up.
        average: As in the recipe; a head alone is not averaged.
    """

    name: str
    epochs: int
    warmup_epochs: int
    average: float


def phases_of(recipe: Recipe, pretraining: Mapping[str, Any]) -> list[Phase]:
    """Return the phases of a training.

    Args:
        recipe: Says how many epochs.
        pretraining: What the model's card says of the weights it starts with; `new_head` is true where the
            last layer is not of them.
    """
    head = recipe.head_epochs
    if head is None:
        head = NEW_HEAD_EPOCHS if pretraining.get("new_head") else 0
    whole = Phase("whole", recipe.epochs, min(recipe.warmup_epochs, recipe.epochs), recipe.average)
    return [Phase("head", head, 0, 0.0), whole] if head else [whole]


@contextmanager
def only_head_trains(network: Any) -> Iterator[None]:
    """Freeze all layers but the last while the block runs; batch normalisation then keeps its statistics.

    All `trainable` flags are put back as they were.
    """
    layers = list(network._flatten_layers())
    flags = [layer.trainable for layer in layers]
    head = next(layer for layer in reversed(network.layers) if layer.weights)
    try:
        for layer in network.layers:
            if layer is not head:
                layer.trainable = False
        yield
    finally:
        # Parents first: a parent's flag is handed down to what is in it.
        for layer, flag in zip(layers, flags, strict=True):
            layer.trainable = flag

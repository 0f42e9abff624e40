"""A network's answers by compiled functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from xaibrain.keras import programs
from xaibrain.keras.guiding import guided_gradient_program
from xaibrain.keras.survey import Call
from xaibrain.models.head import Head
from xaibrain.models.memory import Seen
from xaibrain.types import Activations, Images, Logits


class OfLayer(NamedTuple):
    """What is asked about a layer: `observe_program`, `gradient_program` and `head_program`."""

    observe: Any
    gradient: Any
    scores: Any


@dataclass(frozen=True)
class Functions:
    """The compiled functions that answer for a network: tensors in, tensors out.

    Attributes:
        scores: As `scores_program`.
        input_gradient: As `input_gradient_program`.
        guided_gradient: As `guided_gradient_program`.
        of_layer: A layer's path to its functions.
    """

    scores: Any
    input_gradient: Any
    guided_gradient: Any
    of_layer: Callable[[str], OfLayer]

    def changed(self, change: Callable[[Any], Any]) -> Functions:
        """Return the same with every function changed; those of a layer when they are first asked for."""
        return Functions(
            change(self.scores),
            change(self.input_gradient),
            change(self.guided_gradient),
            lru_cache(maxsize=8)(lambda path: OfLayer(*map(change, self.of_layer(path)))),
        )


def functions_of(network: Any, head: Head, find: Callable[[str], Call]) -> Functions:
    """Return the functions of a network; each is traced when it is first called.

    Args:
        network: A Keras model.
        head: How its outputs become scores.
        find: A layer's path to its call, as `Survey.find`.
    """

    def of_layer(path: str) -> OfLayer:
        call = find(path)
        return OfLayer(
            programs.observe_program(network, head, call),
            programs.gradient_program(network, head, call),
            programs.head_program(network, head, call),
        )

    return Functions(
        programs.scores_program(network, head),
        programs.input_gradient_program(network, head),
        guided_gradient_program(network, head),
        lru_cache(maxsize=8)(of_layer),
    )


class CompiledPrograms:
    """`Programs` of TensorFlow."""

    def __init__(self, functions: Functions) -> None:
        self.functions = functions

    def scores(self, images: Images, layer: str) -> Logits:
        """Return class scores: (n, classes)."""
        return np.asarray(self.functions.scores(images))

    def observe(self, images: Images, layer: str) -> Seen:
        """Return what a layer puts out, (n, h, w, k), and the class scores."""
        activations, logits = self.functions.of_layer(layer).observe(images)
        return np.asarray(activations), np.asarray(logits)

    def gradient(self, images: Images, activations: Activations, weights: Logits, layer: str) -> Activations:
        """Return d(weights · logits)/d(activations)."""
        return np.asarray(self.functions.of_layer(layer).gradient(images, activations, weights))

    def scores_from(self, images: Images, activations: Activations, layer: str) -> Logits:
        """Return class scores with other values in place of a layer's output."""
        return np.asarray(self.functions.of_layer(layer).scores(images, activations))

    def input_gradient(self, images: Images, weights: Logits) -> Images:
        """Return d(weights · logits)/d(images)."""
        return np.asarray(self.functions.input_gradient(images, weights))

    def guided_gradient(self, images: Images, weights: Logits) -> Images:
        """Return the same of the guided network."""
        return np.asarray(self.functions.guided_gradient(images, weights))

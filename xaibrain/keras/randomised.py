"""Shuffled weights, and functions that take them as an argument: the network itself stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from xaibrain.errors import unknown_name
from xaibrain.keras.survey import layer_paths


def weighted_layers(network: Any) -> dict[str, list[Any]]:
    """Return the path of every layer that has weights of its own, and these, in the network's order."""
    paths = layer_paths(network)
    found = {}
    for layer, path in paths.items():
        inner = {id(weight) for child in paths if child in _inside(layer) for weight in child.weights}
        own = [weight for weight in layer.weights if id(weight) not in inner]
        if own:
            found[path] = own
    return found


def _inside(layer: Any) -> set[Any]:
    return set(layer._flatten_layers(include_self=False))


def reweighted(network: Any, function: Any) -> Any:
    """Return `(weights, *arguments) -> what a compiled function answers with these weights`, compiled."""

    @tf.function(autograph=False, reduce_retracing=True)
    def run(weights: Any, *arguments: Any) -> Any:
        # Keras reads its variables through this scope while the function is traced; they are not changed.
        with keras.StatelessScope(state_mapping=list(zip(network.weights, weights, strict=True))):
            return function.python_function(*arguments)

    return run


def shuffled(network: Any, layers: Sequence[str], seed: int) -> list[Any]:
    """Return the values of all weights, those of the named layers in random order.

    Raises:
        UnknownNameError: A layer is not there, or has no weights.
    """
    there = weighted_layers(network)
    for path in layers:
        if path not in there:
            tail = ", ".join(list(there)[-4:]) or "none"
            raise unknown_name("layer with weights", path, there, f"The last ones are: {tail}.")
    random = np.random.default_rng(seed)
    # Every layer draws, asked for or not: what becomes of one does not depend on the others.
    drawn: Mapping[int, Any] = {
        id(weight): random.permutation(np.asarray(weight).ravel()).reshape(weight.shape)
        for path, weights in there.items()
        for weight in weights
    }
    chosen = {id(weight) for path in layers for weight in there[path]}
    return [
        tf.convert_to_tensor(drawn[id(weight)] if id(weight) in chosen else np.asarray(weight))
        for weight in network.weights
    ]

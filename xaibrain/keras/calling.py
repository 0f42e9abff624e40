"""Calls a Keras model in inference mode, with one picture tensor in and one tensor out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from xaibrain.errors import ModelError, XaibrainError
from xaibrain.keras.taps import compiled_inside, tapped
from xaibrain.models.reason import reason_of


def output_of(network: Any, images: Any) -> Any:
    """Return the output tensor of a model for a batch, inside a traced function or not.

    A model's own way of naming its one input and output (a list or dictionary of one) is followed.
    Losses that layers add to themselves while they are called are taken away again: in a traced
    function they would be symbols without a value.

    Args:
        network: A Keras model.
        images: (n, h, w, c) tensor or array.

    Raises:
        ModelError: The model cannot be called so, or has several outputs.
    """
    try:
        layers = network._flatten_layers()
        opened = {layer: lambda run: run() for layer in layers if compiled_inside(layer)}
        with tapped(opened), _losses_kept(layers):
            answer = network(_packed(network, images), training=False)
    except XaibrainError:
        raise
    # A network may raise anything; whatever it is, it cannot be explained.
    except Exception as error:
        height, width, channels = images.shape[1:]
        raise ModelError(
            f"'{network.name}' cannot be run in a compiled function on one {height}×{width}×{channels} "
            f"picture: {reason_of(error)}. Check its inputs, its size, and that predict() works."
        ) from error
    outputs = keras.tree.flatten(answer)
    if len(outputs) != 1:
        raise ModelError(
            f"'{network.name}' has {len(outputs)} outputs; wrap keras.Model(model.inputs, ONE_OUTPUT)."
        )
    return tf.convert_to_tensor(outputs[0])


def _packed(network: Any, images: Any) -> Any:
    try:
        declared = network.input
    except (AttributeError, ValueError):
        return images
    if isinstance(declared, (list, tuple, dict)) and len(keras.tree.flatten(declared)) == 1:
        return keras.tree.pack_sequence_as(declared, [images])
    return images


@contextmanager
def _losses_kept(layers: Sequence[Any]) -> Iterator[None]:
    before = [(layer, list(layer._losses), set(layer._loss_ids)) for layer in layers]
    try:
        yield
    finally:
        for layer, losses, ids in before:
            layer._losses[:] = losses
            layer._loss_ids.clear()
            layer._loss_ids.update(ids)

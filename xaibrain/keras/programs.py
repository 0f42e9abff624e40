"""The compiled questions that a Keras model answers: scores, a layer's map, and gradients."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from xaibrain.keras.calling import output_of
from xaibrain.keras.head import scores_of
from xaibrain.keras.survey import Call
from xaibrain.keras.taps import Tap, tapped
from xaibrain.models.head import Head


def scores_program(network: Any, head: Head) -> Any:
    """Return `images -> logits`, compiled."""

    @tf.function(autograph=False, reduce_retracing=True)
    def scores(images: Any) -> Any:
        return scores_of(head, output_of(network, images))

    return scores


def observe_program(network: Any, head: Head, call: Call) -> Any:
    """Return `images -> (activations of a layer, logits)`: one forward pass, compiled, no tape."""

    @tf.function(autograph=False, reduce_retracing=True)
    def observe(images: Any) -> tuple[Any, Any]:
        seen: list[Any] = []

        def read(run: Any) -> Any:
            seen.append(run())
            return seen[-1]

        with tapped({call.layer: read}):
            logits = scores_of(head, output_of(network, images))
        return tf.cast(seen[call.index], tf.float32), logits

    return observe


def gradient_program(network: Any, head: Head, call: Call) -> Any:
    """Return `(images, activations, weights) -> d(weights · logits)/d(activations)`, compiled.

    The layer's output is replaced by the given activations, so that nothing below it is on the tape.
    What lies below is not run either, save where the model carries it around the layer.
    """

    @tf.function(autograph=False, reduce_retracing=True)
    def gradient(images: Any, activations: Any, weights: Any) -> Any:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(activations)
            with tapped({call.layer: _replace(call, activations)}):
                logits = scores_of(head, output_of(network, images))
        return tape.gradient(logits, activations, weights, tf.UnconnectedGradients.ZERO)

    return gradient


def head_program(network: Any, head: Head, call: Call) -> Any:
    """Return `(images, activations) -> logits`, compiled; several activations may share an image."""

    @tf.function(autograph=False, reduce_retracing=True)
    def scores(images: Any, activations: Any) -> Any:
        # Left out of the graph again where nothing goes around the layer.
        images = tf.repeat(images, tf.shape(activations)[0] // tf.shape(images)[0], axis=0)
        with tapped({call.layer: _replace(call, activations)}):
            return scores_of(head, output_of(network, images))

    return scores


def input_gradient_program(network: Any, head: Head) -> Any:
    """Return `(images, weights) -> d(weights · logits)/d(images)`, compiled."""

    @tf.function(autograph=False, reduce_retracing=True)
    def gradient(images: Any, weights: Any) -> Any:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(images)
            logits = scores_of(head, output_of(network, images))
        return tape.gradient(logits, images, weights, tf.UnconnectedGradients.ZERO)

    return gradient


def _replace(call: Call, activations: Any) -> Tap:
    count = iter(range(1_000_000))

    def tap(run: Any) -> Any:
        if next(count) != call.index:
            return run()
        # What reads the map may need its sides, which a program shared by several sizes has lost.
        return tf.ensure_shape(tf.cast(activations, call.tensor.dtype), call.tensor.shape)

    return tap

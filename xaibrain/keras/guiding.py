"""The gradient of a guided network: on the way back, every ReLU lets through only what is positive."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from xaibrain.errors import ModelError
from xaibrain.keras.calling import output_of
from xaibrain.keras.head import scores_of
from xaibrain.models.head import Head

_GUIDED = {"Relu": "XaibrainGuidedRelu", "Relu6": "XaibrainGuidedRelu6"}
"""TensorFlow's operation, and the name of its gradient while a network is guided."""


@tf.RegisterGradient(_GUIDED["Relu"])
def _through_relu(operation: Any, above: Any) -> Any:
    return tf.raw_ops.ReluGrad(gradients=tf.nn.relu(above), features=operation.outputs[0])


@tf.RegisterGradient(_GUIDED["Relu6"])
def _through_relu6(operation: Any, above: Any) -> Any:
    return tf.raw_ops.Relu6Grad(gradients=tf.nn.relu(above), features=operation.outputs[0])


def guided_gradient_program(network: Any, head: Head) -> Any:
    """Return `(images, weights) -> guided gradient of weights · logits at the images`, compiled.

    Springenberg et al. 2014, arXiv:1412.6806, section 3.4: a ReLU passes back what is positive, where it was
    open. The operations of the traced graph are guided, not the layers of the network: a ReLU is found
    wherever it stands (a layer, an activation, a call in a subclassed model), and the network stays as it is.

    Raises:
        ModelError: When it is traced, if the network has no ReLU.
    """

    @tf.function(autograph=False, reduce_retracing=True)
    def gradient(images: Any, weights: Any) -> Any:
        # A tape looks gradients up by the operation alone; symbolic gradients heed the graph's override.
        graph = tf.compat.v1.get_default_graph()
        before = len(graph.get_operations())
        with graph.gradient_override_map(_GUIDED):
            logits = scores_of(head, output_of(network, images))
        if not any(operation.type in _GUIDED for operation in graph.get_operations()[before:]):
            raise ModelError(
                f"'{network.name}' has no ReLU, so guiding changes nothing: its map would be the plain "
                "gradient under another name; use saliency, input-x-gradient or gradcam."
            )
        return tf.gradients(logits, images, weights, unconnected_gradients="zero")[0]

    return gradient

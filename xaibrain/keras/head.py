"""Reaches class scores before softmax or sigmoid, without touching the model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf

from xaibrain.errors import ModelError
from xaibrain.keras.calling import output_of
from xaibrain.models.head import Head, Kind, activated

# Operations that change neither values nor their order.
_TRANSPARENT = {
    "Cast", "EnsureShape", "ExpandDims", "Identity", "PreventGradient", "Reshape", "Snapshot", "Squeeze",
    "StopGradient",
}  # fmt: skip
# Dense layers; a convolution of a single cell is one, too.
_DENSE = {"BatchMatMulV2", "Conv2D", "Einsum", "MatMul"}
_BENDING = {
    "Elu", "Erf", "Exp", "LeakyRelu", "Maximum", "Relu", "Relu6", "Selu", "Sigmoid", "Softplus", "Softsign",
    "Tanh",
}  # fmt: skip
_ACTIVATIONS: dict[str, Kind] = {"Softmax": "softmax", "Sigmoid": "sigmoid"}
_SMALLEST = 1e-12


def scores_of(head: Head, output: Any) -> Any:
    """Return (n, classes) float32 scores for an output tensor of a traced graph.

    One unit z becomes (−z, z): raising the score of class 0 is lowering that of class 1.
    """
    if head.kind != "linear":
        output = before_activation(output)[0] if head.exact else _recovered(head, output)
    scores = tf.reshape(tf.cast(output, tf.float32), (-1, head.units))
    return tf.matmul(scores, [[-1.0, 1.0]]) if head.units == 1 else scores


def _recovered(head: Head, output: Any) -> Any:
    output = tf.clip_by_value(tf.cast(output, tf.float32), _SMALLEST, 1.0)
    if head.kind == "softmax":
        return tf.math.log(output)
    return tf.math.log(output) - tf.math.log(tf.maximum(1.0 - output, _SMALLEST))


def before_activation(output: Any) -> tuple[Any, Kind]:
    """Follow an output tensor back to what entered its softmax or sigmoid, if it has one."""
    tensor = output
    while tensor.op.type in _TRANSPARENT:
        tensor = tensor.op.inputs[0]
    kind = _ACTIVATIONS.get(tensor.op.type)
    if kind is None:
        return output, "linear"
    return tensor.op.inputs[0], kind


def _hidden_dense(scores: Any) -> bool:
    """Tell whether scores come of a map by more than one dense layer, with an activation between them.

    Args:
        scores: The tensor of a traced graph that holds the class scores.
    """
    waiting, seen, dense, bends = [scores], set(), 0, 0
    while waiting:
        operation = waiting.pop().op
        if operation in seen:
            continue
        seen.add(operation)
        dense += operation.type in _DENSE
        bends += operation.type in _BENDING
        waiting.extend(tensor for tensor in operation.inputs if not _is_map(tensor))
    return dense > 1 and bends > 0


def _is_map(tensor: Any) -> bool:
    return tensor.shape.rank == 4 and tuple(tensor.shape[1:3]) != (1, 1)


def inspect_head(network: Any, sample: Any) -> Head:
    """Find out what a model's outputs are, and check it on a sample.

    Args:
        network: A Keras model with one output.
        sample: (n, h, w, c) inputs to check on; the answers are compared, not stored.

    Raises:
        ModelError: The model has several outputs, or one that is no vector of class scores.
    """
    found: dict[str, Any] = {}

    @tf.function(autograph=False)
    def trace(inputs: Any) -> tuple[Any, Any]:
        output = output_of(network, inputs)
        if output.shape.rank != 2 or output.shape[1] is None:
            raise ModelError(f"The model's output has shape {output.shape}; a classifier's is (n, classes).")
        scores, found["kind"] = before_activation(output)
        found["hidden_dense"] = _hidden_dense(scores)
        found["tolerance"] = _tolerance(scores.dtype)
        return tf.reshape(scores, tf.shape(output)), output

    run = trace.get_concrete_function(tf.TensorSpec(sample.shape, tf.float32))
    scores, output = (np.asarray(tensor, np.float64) for tensor in run(tf.constant(sample)))
    head = replace(
        _judged(found["kind"], found["tolerance"], scores, output), hidden_dense=found["hidden_dense"]
    )
    again = np.asarray(run(tf.constant(sample))[1], np.float64)
    if np.allclose(again, output, rtol=1e-3, atol=found["tolerance"]):
        return head
    doubt = "the model answers differently at each run, even in inference mode"
    return replace(head, note=f"{head.note}; {doubt}")


def _judged(kind: Kind, tolerance: float, scores: np.ndarray, output: np.ndarray) -> Head:
    units = output.shape[1]
    if kind == "softmax" and units == 1:
        raise ModelError("The model's softmax has one output, always 1; use a sigmoid or two outputs.")
    if kind != "linear" and np.allclose(activated(kind, scores), output, atol=tolerance):
        return Head(kind, units, True, f"logits read before the {kind}; they reproduce the output")
    if ((output >= 0) & (output <= 1)).all():
        if units > 1 and np.allclose(output.sum(axis=1), 1, atol=max(tolerance, 1e-4)):
            return Head("softmax", units, False, "the outputs are probabilities whose logits cannot be "
                        "reached; their logarithm is explained, which is lost at 0")  # fmt: skip
        if units == 1:
            return Head("sigmoid", 1, False, "the output is taken for a probability whose logit cannot be "
                        "reached; it is recovered, and lost at 0 and 1")  # fmt: skip
    shown = "sigmoid" if units == 1 else "softmax"
    return Head("linear", units, True, f"the outputs are linear; shown probabilities are their {shown}")


def _tolerance(dtype: Any) -> float:
    """Return how near a network comes to its own output, which depends on its precision."""
    return {tf.float16: 2e-3, tf.bfloat16: 2e-2}.get(dtype, 1e-5)

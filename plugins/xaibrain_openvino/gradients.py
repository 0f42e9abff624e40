"""Gradients of activations, which OpenVINO's reader of TensorFlow graphs does not know by itself.

Each is the derivative of the activation, written with its output y or its input x, as TensorFlow's own
operation takes them, times what comes from above.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from openvino import opset13 as ops

Outputs = list[Any]


def _tanh(y: Any, above: Any) -> Any:
    return ops.multiply(above, ops.subtract(_of(y, 1), ops.multiply(y, y)))


def _sigmoid(y: Any, above: Any) -> Any:
    return ops.multiply(above, ops.multiply(y, ops.subtract(_of(y, 1), y)))


def _relu(above: Any, x: Any) -> Any:
    return ops.select(ops.greater(x, _of(x, 0)), above, _of(above, 0))


def _relu6(above: Any, x: Any) -> Any:
    inside = ops.logical_and(ops.greater(x, _of(x, 0)), ops.less(x, _of(x, 6)))
    return ops.select(inside, above, _of(above, 0))


def _elu(above: Any, y: Any) -> Any:
    falling = ops.multiply(above, ops.add(y, _of(y, 1)))
    return ops.select(ops.less(y, _of(y, 0)), falling, above)


def _softplus(above: Any, x: Any) -> Any:
    return ops.multiply(above, ops.sigmoid(x))


def _of(like: Any, value: float) -> Any:
    """Return a number in the type of a tensor."""
    return ops.convert_like(ops.constant(value, dtype="float32"), like)


def _reads(gradient: Callable[[Any, Any], Any]) -> Callable[[Any], Outputs]:
    return lambda node: [gradient(node.get_input(0), node.get_input(1)).output(0)]


GRADIENTS: dict[str, Callable[[Any], Outputs]] = {
    "EluGrad": _reads(_elu),
    "Relu6Grad": _reads(_relu6),
    "ReluGrad": _reads(_relu),
    "SigmoidGrad": _reads(_sigmoid),
    "SoftplusGrad": _reads(_softplus),
    "TanhGrad": _reads(_tanh),
}
"""TensorFlow's operation, and what stands for it."""

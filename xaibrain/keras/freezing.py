"""A model's questions as graphs of their own: every weight a constant, every end with a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from xaibrain.models.conversions import Frozen

_OF_SHAPES = {"OnesLike", "Rank", "Shape", "ShapeN", "Size", "ZerosLike"}
"""Operations that read the shape of what they are given, and none of its values."""

_AT_ONCE = 16


def frozen_question(
    program: Any, example: Mapping[str, NDArray[np.float32]], outputs: tuple[str, ...]
) -> Frozen:
    """Freeze a question, and answer it once for an example.

    Args:
        program: A `tf.function`; its arguments are called as in the example.
        example: A batch for each argument.
        outputs: What to call its answers, in their order.
    """
    answers = program(*(tf.constant(array) for array in example.values()))
    answers = answers if isinstance(answers, tuple) else (answers,)
    told = {name: np.asarray(answer) for name, answer in zip(outputs, answers, strict=True)}
    return Frozen(_graph(program, example, outputs), outputs, dict(example), told)


def _graph(program: Any, example: Mapping[str, NDArray[np.float32]], outputs: tuple[str, ...]) -> bytes:
    """Return a serialised `GraphDef` of any batch size with nothing in it that no answer needs."""
    specs = [tf.TensorSpec((None, *array.shape[1:]), tf.float32) for array in example.values()]
    frozen = convert_variables_to_constants_v2(program.get_concrete_function(*specs))
    graph = frozen.graph.as_graph_def()
    # Nothing in a frozen graph has an effect to wait for; waiting would keep what lies below the layer.
    for node in graph.node:
        node.input[:] = [name for name in node.input if not name.startswith("^")]
    for name, tensor in zip(outputs, frozen.outputs, strict=True):
        kind = tf.compat.v1.AttrValue(type=tensor.dtype.as_datatype_enum)
        graph.node.add(name=name, op="Identity", input=[tensor.name]).attr["T"].CopyFrom(kind)
    needed = _upstream(graph, outputs, set())
    kept = tf.compat.v1.GraphDef(versions=graph.versions, library=graph.library)
    kept.node.extend(node for node in graph.node if node.name in needed)
    serialised: bytes = kept.SerializeToString()
    return serialised


def with_slopes(frozen: Frozen, program: Any) -> Frozen:
    """Add to a frozen gradient its slopes, where it is the same at all positions whatever the layer puts out.

    That it does not depend on what the layer puts out is read off the graph: no value of it reaches the
    answer. The gradient is linear in the weights of the scores, so that those of single classes tell all.

    Args:
        frozen: The question `images, activations, weights -> gradient`.
        program: What it was frozen from.
    """
    graph = tf.compat.v1.GraphDef.FromString(frozen.graph)
    if {"images", "activations"} & _upstream(graph, frozen.outputs, _OF_SHAPES):
        return frozen
    classes = frozen.example["weights"].shape[1]
    slopes = []
    for weights in np.split(np.eye(classes, dtype=np.float32), range(_AT_ONCE, classes, _AT_ONCE)):
        asked = [frozen.example[name][:1].repeat(len(weights), axis=0) for name in ("images", "activations")]
        gradient = np.asarray(program(*map(tf.constant, asked), tf.constant(weights)))
        if not (gradient == gradient[:, :1, :1]).all():
            return frozen
        slopes.append(gradient[:, 0, 0])
    return replace(frozen, slopes=np.concatenate(slopes))


def _upstream(graph: Any, outputs: tuple[str, ...], ends: set[str]) -> set[str]:
    """Return the names of all nodes that the outputs depend on; behind operations at the ends none."""
    inputs = {
        node.name: [] if node.op in ends else [name.split(":")[0] for name in node.input]
        for node in graph.node
    }
    waiting, seen = list(outputs), set(outputs)
    while waiting:
        found = set(inputs[waiting.pop()]) - seen
        seen |= found
        waiting.extend(found)
    return seen

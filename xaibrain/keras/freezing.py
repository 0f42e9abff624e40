"""A model's questions as graphs of their own: every weight a constant, every end with a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from xaibrain.models.conversions import Frozen


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
    needed = _upstream(graph, outputs)
    kept = tf.compat.v1.GraphDef(versions=graph.versions, library=graph.library)
    kept.node.extend(node for node in graph.node if node.name in needed)
    serialised: bytes = kept.SerializeToString()
    return serialised


def _upstream(graph: Any, outputs: tuple[str, ...]) -> set[str]:
    """Return the names of all nodes that the outputs depend on."""
    inputs = {node.name: [name.split(":")[0] for name in node.input] for node in graph.node}
    waiting, seen = list(outputs), set(outputs)
    while waiting:
        found = set(inputs[waiting.pop()]) - seen
        seen |= found
        waiting.extend(found)
    return seen

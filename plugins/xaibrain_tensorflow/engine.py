"""Frozen graphs in TensorFlow."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[np.float32]]

_GRAPH, _OUTPUTS = "graph.pb", "outputs.json"


class TensorFlow:
    """Runs graphs as they are: compiled, with what depends on weights alone folded into constants."""

    precisions = ("float32",)

    @property
    def versions(self) -> Mapping[str, str]:
        """TensorFlow's release."""
        return {"tensorflow": tf.__version__}

    def convert(self, graph: bytes, outputs: Sequence[str], folder: Path) -> None:
        """Keep the graph, and which of its nodes answer."""
        (folder / _GRAPH).write_bytes(graph)
        (folder / _OUTPUTS).write_text(json.dumps(list(outputs)))

    def load(self, folder: Path, precision: str) -> Callable[[Arrays], Arrays]:
        """Return the graph as a function."""
        graph = tf.compat.v1.GraphDef.FromString((folder / _GRAPH).read_bytes())
        outputs = json.loads((folder / _OUTPUTS).read_text())
        inputs = [node.name for node in graph.node if node.op == "Placeholder"]
        imported = tf.compat.v1.wrap_function(lambda: tf.import_graph_def(graph, name=""), [])
        pruned = imported.prune([f"{name}:0" for name in inputs], [f"{name}:0" for name in outputs])

        def program(arrays: Arrays) -> Arrays:
            answers = pruned(*(tf.constant(arrays[name], tf.float32) for name in inputs))
            return {name: answer.numpy() for name, answer in zip(outputs, answers, strict=True)}

        return program

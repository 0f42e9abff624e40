"""Which layers a model calls, in which order, and what shape they put out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import tensorflow as tf

from xaibrain.core.records import LayerChoice
from xaibrain.keras.calling import output_of
from xaibrain.keras.taps import Tap, tapped
from xaibrain.models.layers import Layers

# Layers that move, thin out or prepare a map without computing features. The reason that is shown names
# whichever was passed over.
_PASSIVE = {
    "AveragePooling2D", "CenterCrop", "Cropping2D", "Dropout", "GaussianDropout", "GaussianNoise",
    "GlobalAveragePooling2D", "GlobalMaxPooling2D", "Identity", "InputLayer", "MaxPooling2D",
    "Normalization", "Permute", "Rescaling", "Reshape", "Resizing", "SpatialDropout2D", "UpSampling2D",
    "ZeroPadding2D",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Call:
    """One call of a layer with a spatial map.

    Attributes:
        path: Names from the outermost model inwards, joined by `/`; `@2` marks the second call of a
            shared layer.
        layer: The Keras layer.
        index: Which call of this layer, from 0.
        shape: Height, width and channels of the map; None where they depend on the input.
        tensor: What was put out, in the traced graph; the same for a nested model and its last layer.
    """

    path: str
    layer: Any
    index: int
    shape: tuple[int | None, ...]
    tensor: Any

    @property
    def passive(self) -> bool:
        """Whether the layer computes no features of its own."""
        name = type(self.layer).__name__
        return name in _PASSIVE or name.startswith("Random")

    def __str__(self) -> str:
        size = "×".join("?" if side is None else str(side) for side in self.shape)
        return f"{self.path} ({type(self.layer).__name__}, {size})"


def layer_paths(network: Any) -> dict[Any, str]:
    """Return every layer inside a model with its path; a shared one has the first path it is met at."""
    found: dict[Any, str] = {network: ""}
    _walk(network, "", found)
    del found[network]
    return found


def _walk(parent: Any, prefix: str, found: dict[Any, str]) -> None:
    taken: dict[str, int] = {}
    for layer in parent._flatten_layers(include_self=False, recursive=False):
        taken[layer.name] = taken.get(layer.name, 0) + 1
        twin = f"~{taken[layer.name]}" if taken[layer.name] > 1 else ""
        path = f"{prefix}{layer.name}{twin}"
        # A shared layer keeps the first path; it is not entered again.
        if layer not in found:
            found[layer] = path
            _walk(layer, f"{path}/", found)


class Survey:
    """The spatial maps that a model's output depends on, in the order in which they are computed."""

    def __init__(
        self, network: Any, input_shape: tuple[int, ...], recommended: str = "", reason: str = ""
    ) -> None:
        calls: list[Call] = []

        @tf.function(autograph=False)
        def trace(inputs: Any) -> None:
            with tapped(_recorders(layer_paths(network), calls)):
                output = output_of(network, inputs)
            used = _upstream(output)
            calls[:] = [call for call in calls if call.tensor.op in used]

        # The trace is kept alive: it owns the tensors that the calls point to.
        self._trace = trace.get_concrete_function(tf.TensorSpec((None, *input_shape), tf.float32))
        self.calls = calls
        self.layers = Layers({call.path: str(call) for call in calls}, self._last())
        if recommended:
            path = self.layers.resolve(recommended)
            self.layers = replace(self.layers, auto=LayerChoice(path, reason))

    def find(self, path: str) -> Call:
        """Return the call at a path, or at an ending of one path alone.

        Raises:
            UnknownNameError: There is none, or several.
        """
        whole = self.layers.resolve(path)
        return next(call for call in self.calls if call.path == whole)

    def _last(self) -> LayerChoice | None:
        skipped = []
        for call in reversed(self.calls):
            if call.passive:
                skipped.append(type(call.layer).__name__)
                continue
            # A nested model puts out what its last layer does: name the layer itself.
            inner = next((other for other in self.calls if other.tensor is call.tensor), call)
            if inner.passive:
                continue
            after = f", passing over {', '.join(reversed(skipped))}" if skipped else ""
            return LayerChoice(inner.path, f"last spatial map before the head: {inner}{after}")
        return None


def _recorders(paths: dict[Any, str], calls: list[Call]) -> dict[Any, Tap]:
    counts: dict[Any, int] = {}

    def recorder(layer: Any, path: str) -> Tap:
        def tap(run: Any) -> Any:
            output = run()
            index = counts.get(layer, 0)
            counts[layer] = index + 1
            if isinstance(output, tf.Tensor) and output.shape.rank == 4:
                shape = tuple(output.shape[1:])
                if shape[:2] != (1, 1):
                    calls.append(Call(f"{path}@{index + 1}" if index else path, layer, index, shape, output))
            return output

        return tap

    return {layer: recorder(layer, path) for layer, path in paths.items()}


def _upstream(output: Any) -> set[Any]:
    """Return every operation that a tensor of a graph depends on."""
    waiting, seen = [output.op], set()
    while waiting:
        operation = waiting.pop()
        if operation not in seen:
            seen.add(operation)
            waiting.extend(tensor.op for tensor in operation.inputs)
    return seen

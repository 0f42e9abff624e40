"""Frozen graphs in OpenVINO."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino.frontend.tensorflow import ConversionExtension

from xaibrain.errors import ModelError
from xaibrain.streaming import filled, in_halves
from xaibrain.types import Filler
from xaibrain_openvino.gradients import GRADIENTS
from xaibrain_openvino.lanes import Lane, Requests, answered, fed, streamed

Arrays = Mapping[str, NDArray[np.float32]]

_PRECISIONS = {"float32": "f32", "bfloat16": "bf16"}
_IR = "graph.xml"
_LANE = 4
"""Pictures of a batch, where several batches are on their way; of larger ones less stays in the caches."""
_SPREAD = 2 * _LANE
"""From so many pictures on, a batch is answered in parts of that size."""


class OpenVINO:
    """Converts graphs once to OpenVINO's own format, and compiles them for the CPU whenever they are loaded.

    In float32 nothing is rounded that TensorFlow would not round. In bfloat16 products have 8 bits of
    mantissa: faster on processors that have the instructions, and no faster elsewhere.
    """

    precisions = tuple(_PRECISIONS)

    def __init__(self) -> None:
        self._core = ov.Core()
        for operation, gradient in GRADIENTS.items():
            self._core.add_extension(ConversionExtension(operation, gradient))

    @property
    def versions(self) -> Mapping[str, str]:
        """OpenVINO's release."""
        return {"openvino": ov.__version__.split("-")[0]}

    def convert(self, graph: bytes, outputs: Sequence[str], folder: Path) -> None:
        """Write the graph as OpenVINO's intermediate representation, its weights in full precision."""
        frozen = folder / "graph.pb"
        frozen.write_bytes(graph)
        try:
            # Read by the C++ front end: `openvino.convert_model` would report its use over the network.
            model = self._core.read_model(frozen)
        except RuntimeError as error:
            raise ModelError(f"OpenVINO cannot read it: {_reason(str(error))}") from error
        else:
            _rename(model, outputs)
            ov.save_model(model, folder / _IR, compress_to_fp16=False)
        finally:
            frozen.unlink()

    def load(self, folder: Path, precision: str) -> Program:
        """Read it; it is compiled for few pictures or for many when it is first asked about so many."""
        model = self._core.read_model(folder / _IR)

        def compiled(hint: str) -> Any:
            settings = {"PERFORMANCE_HINT": hint, "INFERENCE_PRECISION_HINT": _PRECISIONS[precision]}
            return self._core.compile_model(model, "CPU", settings)

        # Compiling gives a tensor more names; the order of the ends stays.
        names = [port.get_any_name() for port in (*model.inputs, *model.outputs)]
        return Program(model, compiled, names)


class Program:
    """A compiled graph; its inputs and outputs go by their names.

    Args:
        model: The graph, as it was read.
        compiled: Compiles it for one of OpenVINO's performance hints.
        names: Of its inputs, and then of its outputs.
    """

    def __init__(self, model: Any, compiled: Callable[[str], Any], names: Sequence[str]) -> None:
        inputs = len(model.inputs)
        self._inputs = dict(zip(names[:inputs], range(inputs), strict=True))
        self._outputs = {name: index for index, name in enumerate(names[inputs:])}
        # Compiling takes as long as a hundred pictures: each way is compiled by those who need it.
        self._quick = cache(lambda: compiled("LATENCY").create_infer_request())
        self._lock = threading.Lock()
        self._shapes = _shapes_in_place(model)
        self._busy = cache(lambda: compiled("THROUGHPUT"))
        self._requests = cache(self._made_requests)

    def __call__(self, arrays: Arrays) -> Arrays:
        """Run it on one batch: a large one of pictures in parts, each on a core of its own."""
        given = {index: np.ascontiguousarray(arrays[name]) for name, index in self._inputs.items()}
        if self._shapes and len(given[0]) >= _SPREAD:
            return self._named(answered(self._shared(), given[0], _LANE, self._shapes))
        with self._lock:
            request = self._quick()
            request.infer(given, share_inputs=True)
            # The request's own memory is written to at the next run.
            return {
                name: np.array(request.get_output_tensor(index).data) for name, index in self._outputs.items()
            }

    def feed(
        self, write: Filler, shape: tuple[int, int, int], count: int
    ) -> Callable[[], tuple[NDArray[np.float32], Arrays]]:
        """Begin with the first pictures of a batch while the next are written."""
        # Compiling for many takes longer than few pictures do, unless it was done already.
        if not self._shapes or (count < _SPREAD and not self._requests.cache_info().currsize):
            (name,) = self._inputs
            pictures = filled(write, shape, count)
            return lambda: (pictures, self({name: pictures}))
        buffer = np.empty((count, *shape), np.float32)
        finish = fed(self._shared(), buffer, _LANE, self._shapes, write)

        def done() -> tuple[NDArray[np.float32], Arrays]:
            written, answers = finish()
            return written, self._named(answers)

        return done

    def stream(
        self,
        write: Filler,
        shape: tuple[int, int, int],
        batch_size: int,
        answer: str,
    ) -> Iterator[NDArray[np.float32]]:
        """Keep as many batches on their way as there are streams of work on the cores."""
        busy = self._busy()
        count = min(_streams(busy), batch_size)
        size = min(_LANE, batch_size // count)
        lanes = [Lane(busy.create_infer_request(), (size, *shape)) for _ in range(count)]
        yield from streamed(
            lanes, write, self._outputs[answer], lambda pictures: self._again(pictures, answer)
        )

    def _shared(self) -> Requests:
        with self._lock:
            return self._requests()

    def _made_requests(self) -> Requests:
        busy = self._busy()
        return Requests(busy.create_infer_request, 1 + _streams(busy))

    def _named(self, answers: Sequence[NDArray[np.float32]]) -> Arrays:
        return {name: answers[index] for name, index in self._outputs.items()}

    def _again(self, pictures: NDArray[np.float32], answer: str) -> NDArray[np.float32]:
        (name,) = self._inputs
        return in_halves(lambda some: self({name: some})[answer], pictures)


def _streams(busy: Any) -> int:
    """Return how many batches can be worked on at a time."""
    return int(busy.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))


def _shapes_in_place(model: Any) -> list[tuple[int, ...]]:
    """Return the shapes of the answers to one picture, so that parts of a batch are written where they stay.

    Nothing for a graph that takes more than pictures, or whose shapes or types are not known beforehand.
    """
    ports = [*model.inputs, *model.outputs]
    if len(model.inputs) > 1 or any(port.get_element_type() != ov.Type.f32 for port in ports):
        return []
    shapes = [port.get_partial_shape() for port in model.outputs]
    if not all(shape.rank.is_static and all(size.is_static for size in list(shape)[1:]) for shape in shapes):
        return []
    return [tuple(size.get_length() for size in list(shape)[1:]) for shape in shapes]


def _reason(told: str) -> str:
    """Return the line that matters: which operations have no rule, or the last of an ordinary message."""
    lines = [line.strip(" -") for line in told.splitlines() if line.strip()]
    return next((line for line in lines if line.startswith("No conversion rule")), (lines or [told])[-1])


def _rename(model: Any, outputs: Sequence[str]) -> None:
    """Leave every end of a graph its own name alone, of all those that its tensor goes by."""
    for port in model.inputs:
        port.get_tensor().set_names({port.get_node().get_friendly_name().split(":")[0]})
    for name in outputs:
        model.output(f"{name}:0").get_tensor().set_names({name})

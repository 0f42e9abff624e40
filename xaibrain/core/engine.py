"""What an engine must answer, and the programs that it loads; nothing needs to be inherited."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from xaibrain.types import Filler

Program = Callable[[Mapping[str, NDArray[np.float32]]], Mapping[str, NDArray[np.float32]]]
"""Arrays by name in, arrays by name out; what it does not take is passed over."""


@runtime_checkable
class StreamingProgram(Protocol):
    """A program of one input that can be kept busy: several batches at once, each in a buffer that stays."""

    def stream(
        self, write: Filler, shape: tuple[int, int, int], batch_size: int, answer: str
    ) -> Iterator[NDArray[np.float32]]:
        """Yield one answer to all that is written, as `Streaming.stream` does.

        Args:
            write: As there.
            shape: (h, w, c) of the input.
            batch_size: As there.
            answer: The name of the output that is wanted.
        """
        ...


@runtime_checkable
class FeedableProgram(Protocol):
    """A program of one input that begins with a batch while that is still written."""

    def feed(
        self, write: Filler, shape: tuple[int, int, int], count: int
    ) -> Callable[[], tuple[NDArray[np.float32], Mapping[str, NDArray[np.float32]]]]:
        """Run a batch, a few pictures at a time, as `Feedable.feed` says.

        Args:
            write: As there.
            shape: (h, w, c) of the input.
            count: As there.

        Returns:
            What waits for the end, and returns the batch and the arrays that the program answers with.
        """
        ...


@runtime_checkable
class Engine(Protocol):
    """Runs what a model computes without the framework that the model was made in.

    A question ("what does this layer put out, and what are the scores?") reaches it as a frozen graph: a
    serialised TensorFlow `GraphDef` in which every weight is a constant. Its inputs are the `Placeholder`
    nodes, all float32 with the batch first; its answers are the nodes that are named to it.

    Attributes:
        precisions: What it can compute in: `float32`, perhaps `bfloat16`.
    """

    precisions: tuple[str, ...]

    @property
    def versions(self) -> Mapping[str, str]:
        """The software it runs on; what it converted is kept by these."""
        ...

    def convert(self, graph: bytes, outputs: Sequence[str], folder: Path) -> None:
        """Write what `load` needs for a graph into an empty folder.

        Args:
            graph: A serialised `GraphDef`.
            outputs: The names of the nodes that answer.
            folder: Kept, and found again by `load`, maybe in another process.
        """
        ...

    def load(self, folder: Path, precision: str) -> Program:
        """Return the converted graph, ready to run on batches of any size.

        Several threads may call the program. What it returns belongs to the caller. A program may be a
        `StreamingProgram` and a `FeedableProgram` as well.

        Args:
            folder: What `convert` filled.
            precision: One of `precisions`.
        """
        ...

"""Several batches on their way at once, each in a buffer that stays."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import cycle
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray

Array = NDArray[np.float32]


class Lane:
    """A request and the memory that it reads.

    Args:
        request: An OpenVINO `InferRequest` of one input.
        shape: (m, h, w, c) of the buffer.
    """

    def __init__(self, request: Any, shape: tuple[int, ...]) -> None:
        self.buffer: Array = np.zeros(shape, np.float32)
        self.count = 0
        self._request = request

    def start(self, count: int) -> None:
        """Run what was written to the first places of the buffer."""
        self.count = count
        self._request.set_input_tensor(ov.Tensor(self.buffer[:count], shared_memory=True))
        self._request.start_async()

    def answer(self, output: int) -> Array:
        """Wait, and return an answer that is the caller's own."""
        self._request.wait()
        return np.array(self._request.get_output_tensor(output).data)

    def stop(self) -> None:
        """Wait until the memory is no longer read."""
        self._request.cancel()
        # Being cancelled is told by an exception.
        with suppress(RuntimeError):
            self._request.wait()


def streamed(
    lanes: Sequence[Lane], write: Callable[[Array], int], output: int, again: Callable[[Array], Array]
) -> Iterator[Array]:
    """Yield an answer to all that is written, in its order.

    Args:
        lanes: They take turns.
        write: Fills a buffer; 0 at the end.
        output: Which answer.
        again: Answers a batch that a lane failed at, for lack of memory most likely.
    """
    running: deque[Lane] = deque()
    try:
        for lane in cycle(lanes):
            # They take turns, so that the one that has run longest is this one.
            if len(running) == len(lanes):
                yield _answered(running.popleft(), output, again)
            count = write(lane.buffer)
            if not count:
                break
            lane.start(count)
            running.append(lane)
        while running:
            yield _answered(running.popleft(), output, again)
    finally:
        for lane in running:
            lane.stop()


def _answered(lane: Lane, output: int, again: Callable[[Array], Array]) -> Array:
    try:
        return lane.answer(output)
    except RuntimeError:
        return again(lane.buffer[: lane.count])

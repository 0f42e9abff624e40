"""Several batches on their way at once, each in a buffer that stays."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import cycle
from queue import Empty, SimpleQueue
from types import SimpleNamespace
from typing import Any

import numpy as np
import openvino as ov
from numpy.typing import NDArray

Array = NDArray[np.float32]


def answered(
    free: SimpleQueue[Any], pictures: Array, size: int, shapes: Sequence[tuple[int, ...]]
) -> list[Array]:
    """Answer a batch in small parts, several of them on their way at once.

    Args:
        free: OpenVINO's `InferRequest`s that nobody uses. Who is answered meanwhile takes from it too: as the
            last parts of one batch are computed, the first of the next are.
        pictures: (n, h, w, c), contiguous; read where it lies, and answers are written where they stay.
        size: Pictures of a part.
        shapes: Of the answers to one picture.

    Returns:
        (n, *shape) for each shape.
    """
    answers = [np.empty((len(pictures), *shape), np.float32) for shape in shapes]
    shared = _as_writable(pictures)
    running: deque[Any] = deque()
    try:
        for start in range(0, len(pictures), size):
            request = _taken(free, running)
            running.append(request)
            part = slice(start, start + size)
            request.set_input_tensor(ov.Tensor(shared[part], shared_memory=True))
            for index, answer in enumerate(answers):
                request.set_output_tensor(index, ov.Tensor(answer[part], shared_memory=True))
            request.start_async()
        while running:
            running[0].wait()
            free.put(running.popleft())
    finally:
        for request in running:
            _stopped(request)
            free.put(request)
    return answers


def _as_writable(array: Array) -> Array:
    """Return a view that looks as if it could be written to: OpenVINO only reads, but shares nothing else."""
    told = array.__array_interface__
    return np.asarray(SimpleNamespace(__array_interface__={**told, "data": (told["data"][0], False)}))


def _taken(free: SimpleQueue[Any], running: deque[Any]) -> Any:
    """Take a request that is free; else one's own, when it is done; else what others let go."""
    with suppress(Empty):
        return free.get_nowait()
    if not running:
        return free.get()
    running[0].wait()
    return running.popleft()


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
        _stopped(self._request)


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


def _stopped(request: Any) -> None:
    """Wait until a request touches no memory any more."""
    request.cancel()
    # Being cancelled is told by an exception.
    with suppress(RuntimeError):
        request.wait()

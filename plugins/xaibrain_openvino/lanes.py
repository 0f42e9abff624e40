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


def answered(
    requests: Sequence[Any], pictures: Array, size: int, shapes: Sequence[tuple[int, ...]]
) -> list[Array]:
    """Answer a batch in small parts, several of them on their way at once.

    Args:
        requests: OpenVINO's `InferRequest`s; they take turns.
        pictures: (n, h, w, c), contiguous. Parts are copied if it cannot be written to, since OpenVINO shares
            no such memory; answers are written where they stay.
        size: Pictures of a part.
        shapes: Of the answers to one picture.

    Returns:
        (n, *shape) for each shape.
    """
    answers = [np.empty((len(pictures), *shape), np.float32) for shape in shapes]
    running: deque[Any] = deque()
    try:
        for request, start in zip(cycle(requests), range(0, len(pictures), size), strict=False):
            if len(running) == len(requests):
                running.popleft().wait()
            part = slice(start, start + size)
            request.set_input_tensor(ov.Tensor(pictures[part], shared_memory=pictures.flags.writeable))
            for index, answer in enumerate(answers):
                request.set_output_tensor(index, ov.Tensor(answer[part], shared_memory=True))
            request.start_async()
            running.append(request)
        while running:
            running.popleft().wait()
    finally:
        for request in running:
            _stopped(request)
    return answers


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

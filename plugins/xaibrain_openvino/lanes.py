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

from xaibrain.types import Filler

Array = NDArray[np.float32]


class Requests:
    """OpenVINO's `InferRequest`s of one graph, made as they are needed, and kept.

    Args:
        make: Makes another.
        at_once: How many a batch may have on their way: more than can run at a time, so that no core waits
            until Python has begun the next.
    """

    def __init__(self, make: Callable[[], Any], at_once: int) -> None:
        self._make = make
        self._at_once = at_once
        self._free = SimpleQueue[Any]()

    def take(self, mine: deque[Any]) -> Any:
        """Return one that is free, or a new one; if one has enough, one's oldest, when it is done.

        Nobody waits for another's: who holds that may be waiting too.
        """
        if len(mine) >= self._at_once:
            mine[0].wait()
            return mine.popleft()
        try:
            return self._free.get_nowait()
        except Empty:
            return self._make()

    def give_back(self, request: Any) -> None:
        """Let others take a request that is done."""
        self._free.put(request)


class Parts:
    """A batch that is answered in parts, several of them on their way at once.

    Pictures are read where they lie, and answers are written where they stay.

    Args:
        requests: Shared with other batches: as the last parts of one are computed, the first of the next are.
        pictures: (n, h, w, c), contiguous.
        shapes: Of the answers to one picture.

    Attributes:
        answers: (n, *shape) for each shape.
    """

    def __init__(self, requests: Requests, pictures: Array, shapes: Sequence[tuple[int, ...]]) -> None:
        # First: what follows may fail for lack of memory, and this is asked for all the same.
        self._running: deque[Any] = deque()
        self._requests = requests
        self._pictures = _as_writable(pictures)
        self.answers: list[Array] = [np.empty((len(pictures), *shape), np.float32) for shape in shapes]

    def start(self, part: slice) -> None:
        """Begin with some of the pictures; wait, if need be, until earlier ones are done."""
        request = self._requests.take(self._running)
        self._running.append(request)
        request.set_input_tensor(ov.Tensor(self._pictures[part], shared_memory=True))
        for index, answer in enumerate(self.answers):
            request.set_output_tensor(index, ov.Tensor(answer[part], shared_memory=True))
        request.start_async()

    def wait(self) -> list[Array]:
        """Return the answers when all that was begun is done.

        Raises:
            RuntimeError: OpenVINO could not, for lack of memory most likely.
        """
        while self._running:
            self._running[0].wait()
            self._requests.give_back(self._running.popleft())
        return self.answers

    def __del__(self) -> None:
        # Nobody waits for the rest, or it failed: its memory goes now.
        for request in self._running:
            _stopped(request)
            self._requests.give_back(request)


def answered(
    requests: Requests, pictures: Array, size: int, shapes: Sequence[tuple[int, ...]]
) -> list[Array]:
    """Answer a batch in parts of so many pictures; (n, *shape) for each shape."""
    parts = Parts(requests, pictures, shapes)
    for start in range(0, len(pictures), size):
        parts.start(slice(start, start + size))
    return parts.wait()


def fed(
    requests: Requests, pictures: Array, size: int, shapes: Sequence[tuple[int, ...]], write: Filler
) -> Callable[[], tuple[Array, list[Array]]]:
    """Begin to answer a batch while it is written, each part as soon as it is: it is in the caches then.

    Args:
        requests: As for `Parts`.
        pictures: The memory that is written to.
        size: Pictures of a part.
        shapes: Of the answers to one picture.
        write: Writes a part.

    Returns:
        What waits for the end, and returns what was written and its answers.
    """
    parts = Parts(requests, pictures, shapes)
    done = 0
    while count := write(pictures[done : done + size]) if done < len(pictures) else 0:
        parts.start(slice(done, done + count))
        done += count

    def finish() -> tuple[Array, list[Array]]:
        answers = parts.wait()
        if done == len(pictures):
            return pictures, answers
        return pictures[:done].copy(), [answer[:done] for answer in answers]

    return finish


def _as_writable(array: Array) -> Array:
    """Return a view that looks as if it could be written to: OpenVINO only reads, but shares nothing else."""
    told = array.__array_interface__
    shown = SimpleNamespace(__array_interface__={**told, "data": (told["data"][0], False)}, owner=array)
    return np.asarray(shown)


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

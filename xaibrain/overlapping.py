"""Work on one thing while the next is made: reading, computing and writing at the same time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Thing = TypeVar("Thing")
Result = TypeVar("Result")


def overlapped(
    things: Iterable[Thing], work: Callable[[Thing], Result], ahead: int = 1, threads: int = 1
) -> Generator[Result, None, None]:
    """Yield what becomes of each thing, in order, from threads that work on as many more meanwhile.

    The things are taken from their source by the caller's own thread, and the work is done by others, in
    each a thing at a time. What either raises is raised here, in its turn; what waits is then dropped.

    Args:
        things: Taken one by one, never more than `ahead` further than what was yielded.
        work: Runs in the other threads.
        ahead: How many results may wait: memory is bounded by it.
        threads: How many work; with one, a thing is begun when the one before it is done.
    """
    waiting: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(threads)
    try:
        for thing in things:
            waiting.append(pool.submit(work, thing))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)

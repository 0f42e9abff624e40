"""Work on one thing while the next is made: reading, computing and writing at the same time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import TypeVar

Thing = TypeVar("Thing")
Made = TypeVar("Made")
Result = TypeVar("Result")


def overlapped(
    things: Iterable[Thing], work: Callable[[Thing], Result], ahead: int = 1
) -> Generator[Result, None, None]:
    """Yield what becomes of each thing, in order, from a thread that works on as many more meanwhile.

    As `overlapped_in_turn`, with one thread and nothing to be done in turn.
    """
    return overlapped_in_turn(things, work, lambda made: made, ahead, threads=1)


def overlapped_in_turn(
    things: Iterable[Thing],
    work: Callable[[Thing], Made],
    finish: Callable[[Made], Result],
    ahead: int,
    threads: int,
) -> Generator[Result, None, None]:
    """Yield what becomes of each thing, in order, from threads that work on as many more meanwhile.

    The things are taken from their source by the caller's own thread, and the work is done by others, in
    each a thing at a time. What either raises is raised here, in its turn; what waits is then dropped. What
    was taken is worked on and finished even while the source lets the caller wait.

    Args:
        things: Taken one by one, never more than `ahead` further than what was yielded.
        work: Runs in the other threads.
        finish: Runs there on what was made of each thing, one after another, in the order of things.
        ahead: How many results may wait: memory is bounded by it.
        threads: How many work; with one, a thing is begun when the one before it is done.
    """
    waiting: deque[Future[Result]] = deque()
    last: Future[Result] | None = None
    pool = ThreadPoolExecutor(threads)

    def done(thing: Thing, before: Future[Result] | None) -> Result:
        made = work(thing)
        if before:
            # Raises what that one raised: nothing is finished after a thing that was not.
            before.result()
        return finish(made)

    try:
        for thing in things:
            last = pool.submit(done, thing, last)
            waiting.append(last)
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def begun(work: Callable[[], Result]) -> Callable[[], Result]:
    """Begin work in a thread of its own; return what waits for it, and returns or raises what it did."""
    future: Future[Result] = Future()

    def do() -> None:
        try:
            future.set_result(work())
        # Whatever it is, it is raised where the result is asked for.
        except BaseException as error:
            future.set_exception(error)

    Thread(target=do).start()
    return future.result

"""Work on one thing while the next is made: reading, computing and writing at the same time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

Thing = TypeVar("Thing")
Made = TypeVar("Made")
Result = TypeVar("Result")

_PARTING = 0.5
"""Seconds that a thread gets to come to an end."""


def overlapped(
    things: Iterable[Thing], work: Callable[[Thing], Result], ahead: int = 1
) -> Generator[Result, None, None]:
    """Yield what becomes of each thing, in order, from one other thread that works on as many more meanwhile.

    The things are taken from their source by the caller's own thread. What taking or working raises is raised
    here, in its turn; what waits is then dropped. A thing at which the work hangs, a file on a dead network
    drive, keeps neither the caller from leaving nor the process from ending: its thread is left behind.

    Args:
        things: Taken one by one, never more than `ahead` further than what was yielded.
        work: Runs in the other thread, on one thing at a time.
        ahead: How many results may wait: memory is bounded by it.
    """
    asked: SimpleQueue[tuple[Thing, Future[Result]] | None] = SimpleQueue()
    # Unlike those of a pool, which the end of a process waits for.
    thread = Thread(target=_serve, args=(asked, work), daemon=True)

    def submit(thing: Thing) -> Future[Result]:
        future: Future[Result] = Future()
        asked.put((thing, future))
        return future

    thread.start()
    waiting: deque[Future[Result]] = deque()
    try:
        yield from _in_order(things, submit, ahead, waiting)
    finally:
        for future in waiting:
            future.cancel()
        asked.put(None)
        thread.join(_PARTING)


def _serve(asked: SimpleQueue[Any], work: Callable[[Any], Any]) -> None:
    while task := asked.get():
        thing, future = task
        if future.set_running_or_notify_cancel():
            _settle(future, partial(work, thing))


def _settle(future: Future[Any], work: Callable[[], Any]) -> None:
    """Do work, and have what it returned or raised come of a future."""
    try:
        future.set_result(work())
    # Whatever it is, it is raised where the result is asked for.
    except BaseException as error:
        future.set_exception(error)


def overlapped_in_turn(
    things: Iterable[Thing],
    work: Callable[[Thing], Made],
    finish: Callable[[Made], Result],
    ahead: int,
    threads: int,
) -> Generator[Result, None, None]:
    """Yield what becomes of each thing, in order, from threads that work on as many more meanwhile.

    As `overlapped`, but for work that must not be left in its midst, writing say: the threads are waited for.
    What was taken is worked on and finished even while the source lets the caller wait.

    Args:
        things: Taken one by one, never more than `ahead` further than what was yielded.
        work: Runs in the other threads.
        finish: Runs there on what was made of each thing, one after another, in the order of things.
        ahead: How many results may wait: memory is bounded by it.
        threads: How many work; with one, a thing is begun when the one before it is done.
    """
    last: Future[Result] | None = None
    pool = ThreadPoolExecutor(threads)

    def done(thing: Thing, before: Future[Result] | None) -> Result:
        made = work(thing)
        if before:
            # Raises what that one raised: nothing is finished after a thing that was not.
            before.result()
        return finish(made)

    def submit(thing: Thing) -> Future[Result]:
        nonlocal last
        last = pool.submit(done, thing, last)
        return last

    try:
        yield from _in_order(things, submit, ahead, deque())
    finally:
        pool.shutdown(cancel_futures=True)


def _in_order(
    things: Iterable[Thing],
    submit: Callable[[Thing], Future[Result]],
    ahead: int,
    waiting: deque[Future[Result]],
) -> Generator[Result, None, None]:
    """Yield results as they are due; those that are not yet due wait in `waiting`."""
    for thing in things:
        waiting.append(submit(thing))
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()

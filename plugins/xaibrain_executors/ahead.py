"""One other thread, which does what comes next."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Any, Self

_PARTING = 0.5
"""Seconds that the thread gets to come to an end."""


class Ahead:
    """Does work in one other thread, a thing at a time, while the block lasts.

    Unlike those of a pool, the thread is a daemon: one that hangs, at a file on a dead network drive, keeps
    neither the block nor the process from ending.

    Args:
        work: Runs in that thread.
    """

    def __init__(self, work: Callable[[Any], Any]) -> None:
        self._work = work
        self._asked: SimpleQueue[tuple[Any, Future[Any]] | None] = SimpleQueue()
        self._over = False
        self._thread = Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over = True
        self._asked.put(None)
        self._thread.join(_PARTING)

    def submit(self, thing: Any) -> Future[Any]:
        """Have work done on a thing, after all that was submitted before."""
        future: Future[Any] = Future()
        self._asked.put((thing, future))
        return future

    def _serve(self) -> None:
        while (asked := self._asked.get()) and not self._over:
            thing, future = asked
            try:
                future.set_result(self._work(thing))
            # Whatever it is, it is raised where the result is asked for.
            except BaseException as error:
                future.set_exception(error)

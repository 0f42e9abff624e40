"""Says which thing is being worked on when that takes very long: a file on a dead network drive, say."""

from __future__ import annotations

import logging
import time
from threading import Event, Thread
from types import TracebackType
from typing import Self

PATIENCE = 60.0
"""Seconds that one thing may take before it is named."""


class Lingering:
    """Logs, as a warning and once, each thing that is not done after `PATIENCE`, while the block lasts.

    Args:
        then: What to do about it.
    """

    def __init__(self, then: str) -> None:
        self._then = then
        self._now = ("", time.monotonic())
        self._over = Event()

    def __enter__(self) -> Self:
        # A daemon: what hangs must not keep the process from ending.
        Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()

    def at(self, name: str) -> None:
        """Note that another thing is begun."""
        self._now = (name, time.monotonic())

    def _watch(self) -> None:
        told = self._now
        while True:
            now = self._now
            due = PATIENCE if now is told else now[1] + PATIENCE - time.monotonic()
            if due <= 0:
                told = now
                logging.getLogger("xaibrain").warning(
                    "Waiting for %s for %.0f s; %s", now[0], PATIENCE, self._then
                )
            elif self._over.wait(due):
                return

"""Progress on stderr, for people."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from xaibrain.cli.plain import plain

_SECONDS = 30
"""Between two lines where there is no terminal to draw a bar on."""


class Shown:
    """A bar on a terminal; in a file or pipe, a line now and then."""

    def __init__(self, progress: Progress, total: int, what: str) -> None:
        self._progress = progress
        self._task = progress.add_task(what, total=total)
        self._told = time.monotonic()

    def advance(self, steps: int = 1) -> None:
        """Say that so much more is done."""
        self._progress.advance(self._task, steps)
        self._tell()

    def update(self, what: str, done: int, total: int) -> None:
        """Say what is being done and how far it is."""
        self._progress.update(self._task, description=what, completed=done, total=total)
        self._tell()

    def say(self, line: str) -> None:
        """Print a line above the bar."""
        self._progress.console.print(escape(plain(line)), highlight=False, soft_wrap=True)

    def _tell(self) -> None:
        if self._progress.disable and time.monotonic() - self._told > _SECONDS:
            self._told = time.monotonic()
            task = self._progress.tasks[self._task]
            self.say(f"{task.description} {task.completed:.0f}/{task.total:.0f}")


@contextmanager
def shown_progress(what: str, total: int) -> Iterator[Shown]:
    """Show a bar while the block runs; it is wiped at the end."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield Shown(progress, total, what)

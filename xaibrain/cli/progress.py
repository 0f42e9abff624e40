"""Progress on stderr, for people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class Shown:
    """A bar on a terminal; on a file or pipe, only what is said."""

    def __init__(self, progress: Progress, total: int, what: str) -> None:
        self._progress = progress
        self._task = progress.add_task(what, total=total)

    def advance(self, steps: int = 1) -> None:
        """Say that so much more is done."""
        self._progress.advance(self._task, steps)

    def update(self, what: str, done: int, total: int) -> None:
        """Say what is being done and how far it is."""
        self._progress.update(self._task, description=what, completed=done, total=total)

    def say(self, line: str) -> None:
        """Print a line above the bar."""
        self._progress.console.print(escape(line), highlight=False, soft_wrap=True)


@contextmanager
def shown_progress(what: str, total: int) -> Iterator[Shown]:
    """Show a bar while the block runs; it is wiped at the end."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield Shown(progress, total, what)

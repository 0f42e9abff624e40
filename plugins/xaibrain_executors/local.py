"""This process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from xaibrain import Work
from xaibrain.overlapping import overlapped


@dataclass(frozen=True)
class Local:
    """Explains in the caller's own thread, so that an interruption stops it at once; another reads ahead."""

    def run(self, prepare: Callable[[], Work], chunks: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        """Do the work on every chunk; as `xaibrain.Executor.run`."""
        work = prepare()
        with closing(overlapped(chunks, work.read)) as reading:
            for read in reading:
                yield work.explain(read)

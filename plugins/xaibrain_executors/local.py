"""This process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from xaibrain import Work
from xaibrain_executors.ahead import Ahead


@dataclass(frozen=True)
class Local:
    """Explains in the caller's own thread, so that an interruption stops it at once; another reads ahead."""

    def run(self, prepare: Callable[[], Work], chunks: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        """Do the work on every chunk; as `xaibrain.Executor.run`."""
        work = prepare()
        reading: Future[Any] | None = None
        with Ahead(work.read) as reader:
            for chunk in chunks:
                following = reader.submit(chunk)
                if reading:
                    yield work.explain(reading.result())
                reading = following
            if reading:
                yield work.explain(reading.result())

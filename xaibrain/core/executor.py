"""What an executor must answer, and the work that it is given; nothing needs to be inherited."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, runtime_checkable


class Work(Protocol):
    """What is done with a chunk of things, in two steps: one can be read while another is explained."""

    def read(self, things: Sequence[Any]) -> Any:
        """Do the first step: read what the things name. Another thread may be in `explain` meanwhile."""
        ...

    def explain(self, read: Any) -> Sequence[Any]:
        """Do the second step on what the first made; return one result for each thing, in order."""
        ...


@runtime_checkable
class Executor(Protocol):
    """Decides where work is done, and sees to it that all of it is.

    Typed constructor parameters are its options. `xaibrain explain` has options for those that are named
    `workers`, `address` and `timeout` (seconds that one thing may take; 0 for any).
    """

    def run(self, prepare: Callable[[], Work], chunks: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        """Do the work on every chunk.

        Args:
            prepare: Makes the work, once in each worker. It can be pickled, and so can things and results.
            chunks: Taken one by one, so that few are in memory at a time.

        Yields:
            The results of each chunk, in the order of the chunks. A thing that could not be worked on,
            because it ends every worker that it is given to or takes too long, has a `Lost` for a result.

        Raises:
            ExecutorError: Workers cannot be started.
        """
        ...

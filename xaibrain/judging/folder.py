"""The folder of a benchmark: scores while it runs, tables and figures at the end; whole, or not there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from xaibrain.core.records import Score
from xaibrain.judging.run import Judged
from xaibrain.stores.lines import lines, read_lines, write_lines
from xaibrain.working import CONFIGURATION, Kind, WorkFolder

RECORD = "benchmark.json"
PLANTED = "planted.json"
"""Every case of planted evidence: what to plant in which host, to get the picture again."""

_SCORES = "scores.jsonl"
_BENCHMARK = Kind("benchmark", (RECORD,), (_SCORES, PLANTED))


class ScoreFolder:
    """Takes what became of pictures as it comes, and knows what an interrupted run has done.

    Args:
        path: The folder that the user asked for.
        configuration: What the scores depend on; an interrupted run is taken up again if its own is the same,
            and refused if not.
        overwrite: Whether a finished benchmark may be replaced, and an interrupted one of another
            configuration be dropped.

    Attributes:
        part: Where the work lies until it is whole.

    Raises:
        OutputError: The folder holds something already, or cannot be written; or another benchmark is at it.
    """

    def __init__(self, path: Path, configuration: Mapping[str, Any], overwrite: bool = False) -> None:
        self._work = WorkFolder(path, _BENCHMARK, configuration, overwrite)
        self.part = self._work.part
        found = read_lines(self.part / _SCORES)
        write_lines(found, self.part / _SCORES)
        self._before = {one.id: one for one in map(_read_back, found) if not one.errors}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *how: Any) -> None:
        self._work.__exit__(*how)

    def before(self, id: str, digest: str) -> Judged | None:
        """Return what an interrupted run found of this very picture, if it got so far."""
        before = self._before.get(id)
        return before if before and before.digest == digest else None

    def add(self, judged: Sequence[Judged]) -> None:
        """Write what became of some pictures, unless it stands there already."""
        fresh = [one for one in judged if self._before.get(one.id) is not one]
        try:
            with (self.part / _SCORES).open("a", encoding="utf-8") as file:
                file.write(lines(map(asdict, fresh)))
        except OSError as error:
            raise self._work.interrupted(error) from error

    def publish(self, write: Callable[[Path], None]) -> None:
        """Let the results be written, and put the folder where it was asked for.

        Args:
            write: Writes into the folder it is given.
        """
        try:
            write(self.part)
            for name in (_SCORES, CONFIGURATION):
                (self.part / name).unlink()
        except OSError as error:
            raise self._work.interrupted(error) from error
        self._work.publish()


def _read_back(told: Mapping[str, Any]) -> Judged:
    scores = {
        row: {metric: Score(**score) for metric, score in found.items()}
        for row, found in told["scores"].items()
    }
    return Judged(**{**told, "scores": scores})

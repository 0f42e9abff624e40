"""The folder of a benchmark: scores while it runs, tables and figures at the end; whole, or not there.

While it runs it lives in a hidden sibling of its folder, which takes the folder's place at the end. A run
that was killed leaves the sibling, and the same command takes it up again.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from xaibrain.core.records import Score
from xaibrain.errors import OutputError
from xaibrain.judging.run import Judged

RECORD = "benchmark.json"
PLANTED = "planted.json"
"""Every case of planted evidence: what to plant in which host, to get the picture again."""

_SCORES = "scores.jsonl"
_CONFIGURATION = "run.json"


class ScoreFolder:
    """Takes what became of pictures as it comes, and knows what an interrupted run has done.

    Args:
        path: The folder that the user asked for.
        configuration: What the scores depend on; an interrupted run is taken up again only if its own is
            the same.
        overwrite: Whether a finished benchmark may be replaced.

    Raises:
        OutputError: The folder holds something already, or cannot be written.
    """

    def __init__(self, path: Path, configuration: Mapping[str, Any], overwrite: bool = False) -> None:
        self.path = path.absolute()
        self.part = self.path.with_name(f".{self.path.name}.partial")
        _refuse_occupied(self.path, overwrite)
        try:
            self._before = _taken_up(self.part, json.loads(json.dumps(configuration)))
        except OSError as error:
            raise OutputError(
                f"Cannot write {self.path}: {error.strerror}. Choose another place: -o DIR."
            ) from error

    def before(self, id: str, digest: str) -> Judged | None:
        """Return what an interrupted run found of this very picture, if it got so far."""
        before = self._before.get(id)
        return before if before and before.digest == digest else None

    def add(self, judged: Sequence[Judged]) -> None:
        """Write what became of some pictures, unless it stands there already."""
        fresh = [one for one in judged if self._before.get(one.id) is not one]
        try:
            with (self.part / _SCORES).open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in fresh)
        except OSError as error:
            raise OutputError(
                f"Cannot write {self.path}: {error.strerror}. Make room and run the same command again: "
                "it goes on where it stopped."
            ) from error

    def publish(self, write: Callable[[Path], None]) -> None:
        """Let the results be written, and put the folder where it was asked for.

        Args:
            write: Writes into the folder it is given.
        """
        try:
            write(self.part)
            for name in (_SCORES, _CONFIGURATION):
                (self.part / name).unlink()
            if self.path.exists():
                shutil.rmtree(self.path)
            self.part.replace(self.path)
        except OSError as error:
            raise OutputError(
                f"Cannot put the benchmark at {self.path}: {error.strerror}; it is in {self.part}."
            ) from error


def _refuse_occupied(path: Path, overwrite: bool) -> None:
    if path.is_file():
        raise OutputError(f"{path} is a file; choose another place: -o DIR.")
    if not path.is_dir() or not any(path.iterdir()):
        return
    if not (path / RECORD).exists():
        raise OutputError(f"{path} holds other files; choose another place: -o DIR.")
    if not overwrite:
        raise OutputError(
            f"{path} holds a benchmark already; add --overwrite to replace it, or choose -o DIR."
        )


def _taken_up(part: Path, configuration: dict[str, Any]) -> dict[str, Judged]:
    """Make the working folder, or keep what an interrupted run of the same configuration did."""
    before = part / _CONFIGURATION
    if part.exists() and not (before.exists() and json.loads(before.read_text("utf-8")) == configuration):
        shutil.rmtree(part)
    part.mkdir(parents=True, exist_ok=True)
    before.write_text(json.dumps(configuration, indent=1), "utf-8")
    scores = part / _SCORES
    # A last line without its end was cut short.
    whole = scores.read_text("utf-8").split("\n")[:-1] if scores.exists() else []
    scores.write_text("".join(f"{line}\n" for line in whole), "utf-8")
    return {one.id: one for one in map(_read_back, whole) if not one.errors}


def _read_back(line: str) -> Judged:
    told = json.loads(line)
    scores = {
        row: {metric: Score(**score) for metric, score in found.items()}
        for row, found in told.pop("scores").items()
    }
    return Judged(**told, scores=scores)

"""A folder that is whole or not there: until then the work lies in a hidden sibling that one process holds.

Work that was cut short leaves the sibling, and the same command takes it up again. Work with other settings
is refused there: what is done already would be mixed, or lost.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from xaibrain.errors import OutputError
from xaibrain.writing import Held, sync

CONFIGURATION = "run.json"
_TOLD, _LONGEST = 3, 40


@dataclass(frozen=True)
class Kind:
    """What a folder is to hold.

    Attributes:
        name: In a word, for messages.
        finished: Files by any of which a whole one is known.
        done: Patterns of files by which work that was cut short is known.
    """

    name: str
    finished: Sequence[str]
    done: Sequence[str]


class WorkFolder:
    """Holds the sibling of a folder as long as work goes on, and gives it the folder's name at the end.

    Args:
        path: The folder that the user asked for.
        kind: What it is to hold.
        configuration: What the results depend on.
        overwrite: Whether a whole one may be replaced, and one of another configuration that was cut short be
            dropped.

    Attributes:
        path: The folder that the user asked for, absolute.
        part: The sibling.

    Raises:
        OutputError: The folder holds something already, or cannot be written; or another process is at it.
    """

    def __init__(
        self, path: Path, kind: Kind, configuration: Mapping[str, Any], overwrite: bool = False
    ) -> None:
        self.path = path.absolute()
        self.part = self.path.with_name(f".{self.path.name}.partial")
        self._kind = kind
        self._refuse_occupied(overwrite)
        try:
            self._held = Held(self.part)
        except OSError as error:
            raise self.unwritable(error) from error
        with ExitStack() as unless_it_begins:
            unless_it_begins.callback(self.let_go)
            self._begin(json.loads(json.dumps(configuration)), overwrite)
            unless_it_begins.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.let_go()

    def let_go(self) -> None:
        """Let others work on it."""
        self._held.let_go()

    def unwritable(self, error: OSError) -> OutputError:
        """Return what to say where no work can begin."""
        return OutputError(f"Cannot write {self.path}: {error.strerror}. Choose another place: -o DIR.")

    def interrupted(self, error: OSError) -> OutputError:
        """Return what to say where work cannot go on."""
        then = "Make room and run the same command again: it goes on where it stopped."
        return OutputError(f"Cannot write {self.path}: {error.strerror or error}. {then}")

    def publish(self) -> None:
        """Put the work where it was asked for, once it is on the disk: a power failure leaves no half."""
        try:
            sync()
            if self.path.exists():
                shutil.rmtree(self.path)
            self.part.replace(self.path)
        except OSError as error:
            where = f"{error.strerror}; it is in {self.part}"
            raise OutputError(f"Cannot put the {self._kind.name} at {self.path}: {where}.") from error

    def _refuse_occupied(self, overwrite: bool) -> None:
        if self.path.is_file():
            raise OutputError(f"{self.path} is a file; choose another place: -o DIR.")
        if not self.path.is_dir() or not any(self.path.iterdir()):
            return
        if not any((self.path / name).exists() for name in self._kind.finished):
            raise OutputError(f"{self.path} holds other files; choose another place: -o DIR.")
        if not overwrite:
            there = f"{self.path} holds a {self._kind.name} already"
            raise OutputError(f"{there}; add --overwrite to replace it, or choose -o DIR.")

    def _begin(self, configuration: dict[str, Any], overwrite: bool) -> None:
        """Make the sibling ready; what work of the same configuration left there stays."""
        told = self.part / CONFIGURATION
        before = _read(told)
        if before == configuration:
            return
        if self._anything_done() and not overwrite:
            self._refuse_others(before, configuration)
        try:
            _empty(self.part)
            told.write_text(json.dumps(configuration, indent=1), "utf-8")
        except OSError as error:
            raise self.unwritable(error) from error

    def _anything_done(self) -> bool:
        return any(path.stat().st_size for name in self._kind.done for path in self.part.glob(name))

    def _refuse_others(self, before: Any, configuration: dict[str, Any]) -> None:
        left = f"{self.path}: a {self._kind.name} with other settings was interrupted here"
        then = "Go on with those, choose another place (-o DIR), or drop what it did (--overwrite)."
        raise OutputError(f"{left} ({_difference(before, configuration)}). {then}")


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    # None, or damaged: then what lies beside it cannot be trusted either.
    except (OSError, ValueError):
        return None


def _empty(folder: Path) -> None:
    """Remove what is in a folder; it stays, since this process holds it."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _difference(before: Any, now: dict[str, Any]) -> str:
    """Say what differs, in a few words."""
    if not isinstance(before, dict):
        return f"its {CONFIGURATION} is damaged"
    changes = list(_changes(before, now))
    more = f", and {len(changes) - _TOLD} more" if len(changes) > _TOLD else ""
    return ", ".join(changes[:_TOLD]) + more


def _changes(before: Mapping[str, Any], now: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for name in dict.fromkeys([*before, *now]):
        old, new = before.get(name), now.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            yield from _changes(old, new, f"{above}{name}.")
        elif old != new:
            yield f"{above}{name}: {_short(old)}, now {_short(new)}"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

"""Folders that are made once and kept: whole or absent, whoever else makes the same at the same time."""

from __future__ import annotations

import atexit
import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from xaibrain.home import cache_home

try:
    import fcntl
except ImportError:  # Windows, where a folder that is in use cannot be replaced anyway
    fcntl = None  # type: ignore[assignment]

Understood = TypeVar("Understood")

_SUMS = "sums.json"
_KEPT = 64


class Store:
    """Folders below one place on the disk, by name.

    What cannot be kept (a full disk, a home that is read-only) is made in a temporary folder instead: a
    cache must not stand in the way of the work.

    Args:
        root: Where they are; made when the first of them is.
        before: Logged once by the logger "xaibrain", before the first folder is made; for a user who waits.
    """

    def __init__(self, root: Path, before: str = "") -> None:
        self.root = root
        self._before = before
        self._temporary = ""

    def folder(self, name: str, make: Callable[[Path], None]) -> Path:
        """Return a sound folder: the one that is kept, else a new one.

        Args:
            name: May have parts, divided by `/`.
            make: Fills an empty folder; whatever it raises is passed on, and nothing is kept.
        """
        final = self.root / name
        if _sound(final):
            return final
        if self._before:
            logging.getLogger("xaibrain").info(self._before)
            self._before = ""
        try:
            part = _part_beside(final)
        except OSError:
            return self._made_apart(name, make)
        try:
            make(part)
            _seal(part)
            return _published(part, final)
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def read(
        self, name: str, make: Callable[[Path], None], understand: Callable[[Path], Understood]
    ) -> Understood:
        """Return what a folder says; one that is not understood, since other code wrote it, is made again.

        Args:
            name: As for `folder`.
            make: As for `folder`.
            understand: Reads a folder; raises TypeError, ValueError or LookupError where it cannot.
        """
        folder = self.folder(name, make)
        try:
            return understand(folder)
        except (TypeError, ValueError, LookupError):
            shutil.rmtree(folder, ignore_errors=True)
        return understand(self._made_apart(name, make) if folder.exists() else self.folder(name, make))

    def _made_apart(self, name: str, make: Callable[[Path], None]) -> Path:
        if not self._temporary:
            self._temporary = tempfile.mkdtemp(prefix="xaibrain-")
            atexit.register(shutil.rmtree, self._temporary, ignore_errors=True)
        apart = Path(self._temporary) / name
        if not _sound(apart):
            shutil.rmtree(apart, ignore_errors=True)
            apart.mkdir(parents=True)
            make(apart)
            _seal(apart)
        return apart


def model_store(model: str, name: str) -> Store:
    """Return where the conversions of one model are kept, in the user's cache; the least used ones go.

    Args:
        model: All that tells this model from any other.
        name: What users call it.
    """
    shelf = cache_home() / "models"
    known = f"{model} xaibrain {version('xaibrain')} keras {version('keras')}"
    root = shelf / hashlib.sha256(known.encode()).hexdigest()[:24]
    _mark_used(root)
    _forget_oldest(shelf)
    told = f"Converting {name} for its engine: some seconds, this once; the next run finds it."
    return Store(root, told)


def _forget_oldest(shelf: Path, keep: int = _KEPT) -> None:
    """Remove all but the folders used last; one that is in use stays readable to who has it open."""
    try:
        folders = sorted((path for path in shelf.iterdir() if path.is_dir()), key=_used, reverse=True)
    except OSError:
        return
    for folder in folders[keep:]:
        shutil.rmtree(folder, ignore_errors=True)


def _mark_used(folder: Path) -> None:
    """Note that a folder is in use, for `_forget_oldest`."""
    # A cache that cannot be marked can still be read.
    try:
        os.utime(folder)
    except OSError:
        return


def _used(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0


def _part_beside(final: Path) -> Path:
    final.parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(dir=final.parent, prefix=f".{final.name}."))


def _published(part: Path, final: Path) -> Path:
    """Give a finished folder its name; if another process was first, and well, take what it made."""
    with _alone(final.parent):
        if not _sound(final):
            # Damaged, or not there.
            shutil.rmtree(final, ignore_errors=True)
            part.rename(final)
    return final


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes from publishing in a folder meanwhile; a process that dies lets go."""
    with (folder / ".lock").open("w") as lock:
        if fcntl:
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _seal(folder: Path) -> None:
    sums = {path.relative_to(folder).as_posix(): _sum(path) for path in folder.rglob("*") if path.is_file()}
    (folder / _SUMS).write_text(json.dumps(sums))


def _sound(folder: Path) -> bool:
    """Whether every file is there and is what was written."""
    try:
        sums = json.loads((folder / _SUMS).read_text())
        return all(_sum(folder / name) == known for name, known in sums.items())
    except (OSError, ValueError, AttributeError):
        return False


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

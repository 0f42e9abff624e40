"""Files appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xaibrain.errors import OutputError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


@contextmanager
def replaced(path: Path, durable: bool = True) -> Iterator[Path]:
    """Yield a temporary sibling to write to, which takes the place of `path` at the end.

    When the block raises, the sibling is removed and `path` stays as it was.

    Args:
        path: The file to make; so is its folder, if need be.
        durable: Whether its content is on the disk before it gets its name, so that it is whole after a power
            failure too. That takes milliseconds: too much for each of thousands of pictures, see `sync`.

    Raises:
        OutputError: The folder cannot be made or written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=path.suffix)
        os.close(handle)
    except OSError as error:
        raise OutputError(f"Cannot write {path}: {error.strerror}. Choose another place with -o.") from error
    part = Path(name)
    try:
        yield part
        part.chmod(0o666 & ~_umask())
        if durable:
            _settle(part)
        part.replace(path)
    except OSError as error:
        raise OutputError(f"Cannot write {path}: {error.strerror or error}.") from error
    finally:
        part.unlink(missing_ok=True)


def sync() -> None:
    """Wait until all that was written is on the disk; where the system offers that."""
    if hasattr(os, "sync"):
        os.sync()


def _settle(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


class Held:
    """A folder that no other process may hold; one that dies lets go. Where systems cannot, nothing is held.

    Args:
        folder: Is made if it is not there.

    Raises:
        OutputError: Another process holds it.
        OSError: It cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._handle: int | None = None
        if fcntl is None:
            return
        self._handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # It may have got its final name between the opening and the holding.
            mine = os.path.samestat(os.fstat(self._handle), folder.stat())
        except OSError:
            mine = False
        if not mine:
            self.let_go()
            raise OutputError(
                f"{folder}: another run is writing here; wait for it, or choose another: -o DIR."
            )

    def let_go(self) -> None:
        """Let others hold it."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current

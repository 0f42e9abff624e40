"""Archives from strangers, unpacked without believing a word of them."""

from __future__ import annotations

import errno
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from xaibrain.errors import DatasetError

_CHUNK = 1 << 18
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO)
_DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    UnicodeError,
    ValueError,
    OSError,
)


@dataclass(frozen=True)
class Limits:
    """The most that an archive may hold: bytes when unpacked, and members."""

    bytes: int = 4 << 30
    members: int = 100_000


def unpack(archive: Path, into: Path, limits: Limits | None = None) -> None:
    """Unpack a zip or a tar (plain, gzip, bzip2, xz) into an empty folder.

    Only folders and plain files are made, with the modes of the process. Sizes are counted as bytes
    arrive, not read from headers. On failure the folder is left half full: give a temporary one.

    Raises:
        DatasetError: It is no archive, is damaged or encrypted, has a member that is absolute, climbs
            with "..", is a link or a device or stands twice, or unpacks to more than the limits.
        OSError: The disk is full or cannot be written.
    """
    try:
        if zipfile.is_zipfile(archive):
            _unpack_zip(archive, _Folder(archive, into, limits or Limits()))
        elif tarfile.is_tarfile(archive):
            _unpack_tar(archive, _Folder(archive, into, limits or Limits()))
        else:
            raise DatasetError(f"{archive}: not a zip or tar archive; fetch it again.")
    except FileExistsError as error:
        raise DatasetError(f"{archive}: '{error.filename}' stands in it twice; do not use it.") from error
    except _DAMAGE as error:
        if isinstance(error, OSError) and error.errno in _DISK:
            raise
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DatasetError(f"{archive}: damaged archive ({reason}); fetch it again.") from error


class _Folder:
    """Where members go, and how much has gone there."""

    def __init__(self, archive: Path, into: Path, limits: Limits) -> None:
        self.archive = archive
        self.into = into
        self.limits = limits
        self.bytes = 0
        self.members = 0

    def place(self, name: str) -> Path:
        """Return where a member goes, and count it."""
        self.members += 1
        if self.members > self.limits.members:
            raise self.refusal(f"holds more than {self.limits.members} members")
        parts = name.rstrip("/").split("/")
        if any(part in ("", "..") or set(part) & set("\\:\0") for part in parts):
            raise self.refusal(f"member {name!r} points outside, or has no portable name")
        return self.into.joinpath(*parts)

    def write(self, to: Path, source: IO[bytes]) -> None:
        to.parent.mkdir(parents=True, exist_ok=True)
        with to.open("xb") as file:
            for chunk in _chunks(source):
                self.bytes += len(chunk)
                if self.bytes > self.limits.bytes:
                    raise self.refusal(f"unpacks to more than {self.limits.bytes} bytes")
                file.write(chunk)

    def refusal(self, what: str) -> DatasetError:
        return DatasetError(f"{self.archive}: {what}; do not use it.")


def _chunks(source: IO[bytes]) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):
        yield chunk


def _unpack_zip(archive: Path, folder: _Folder) -> None:
    with zipfile.ZipFile(archive) as opened:
        for member in opened.infolist():
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise folder.refusal(f"member {member.filename!r} is a link or a device")
            to = folder.place(member.filename)
            if member.is_dir():
                to.mkdir(parents=True, exist_ok=True)
                continue
            with opened.open(member) as source:
                folder.write(to, source)


def _unpack_tar(archive: Path, folder: _Folder) -> None:
    with tarfile.open(archive) as opened:
        for member in opened:
            if not (member.isreg() or member.isdir()):
                raise folder.refusal(f"member {member.name!r} is a link or a device")
            # Tars made by `tar -C folder .` begin every name, and one of all, with a dot.
            to = folder.place(member.name.removeprefix("./"))
            if member.isdir():
                to.mkdir(parents=True, exist_ok=True)
                continue
            source = opened.extractfile(member)
            if source is not None:
                with source:
                    folder.write(to, source)

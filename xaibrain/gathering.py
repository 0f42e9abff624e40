"""The files of a dataset, found in folders and archives at whatever depth, and their digest."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from xaibrain.errors import DatasetError
from xaibrain.published import Archive
from xaibrain.unpack import Limits, unpack

_DEPTH = 3


@dataclass(frozen=True)
class Gathered:
    """The files of a dataset, by their names in it, and the digests of the archives they came from."""

    files: dict[str, Path]
    sha256: set[str]


def gathered_from(archive: Archive, sources: list[Path], work: Path) -> Gathered:
    """Find the files in folders and archives; scattered ones also in the archives in those."""
    gathered = Gathered({}, set())
    waiting = [(source, source) for source in sources]
    for number, (place, source) in enumerate(waiting):
        folder = place
        if not place.is_dir():
            folder = work / f"unpacked-{number}"
            folder.mkdir()
            unpack(place, folder, Limits(bytes=archive.max_bytes))
            gathered.sha256.add(sha256(place))
        files = _files(archive, source, folder)
        twice = gathered.files.keys() & files.keys()
        if twice:
            raise DatasetError(f"{source}: {min(twice)} stands in it twice; give another copy.")
        gathered.files.update(files)
        if archive.files and not files and place == source:
            waiting += [(path, source) for path in sorted(folder.rglob("*.zip"))]
    return gathered


def _files(archive: Archive, source: Path, folder: Path) -> dict[str, Path]:
    if not archive.files:
        root = _root(archive, source, folder)
        return {name: root / name for name in listed(archive, root)}
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if re.fullmatch(archive.files, path.name) and path.is_file():
            if path.name in found:
                raise DatasetError(f"{source}: {path.name} stands in it twice; give another copy.")
            found[path.name] = path
    return found


def _root(archive: Archive, source: Path, unpacked: Path) -> Path:
    """Return the folder that holds all of the archive's folders: the top, or some way down."""
    level = [unpacked]
    for _ in range(_DEPTH + 1):
        for folder in level:
            if all((folder / name).is_dir() for name in archive.counts):
                return folder
        level = sorted(
            below
            for folder in level
            for below in folder.iterdir()
            if below.is_dir() and not below.name.startswith((".", "__MACOSX"))
        )
    wanted = " ".join(archive.counts)
    raise DatasetError(f"{source}: no folder in it holds {wanted}; give another copy.")


def listed(archive: Archive, root: Path) -> Iterator[str]:
    """Yield the files that are the data, by their paths from `root`."""
    for folder in archive.counts:
        for path in (root / folder).iterdir():
            counts = not archive.suffixes or path.name.lower().endswith(archive.suffixes)
            if counts and path.is_file() and not path.name.startswith("."):
                yield f"{folder}/{path.name}" if folder else path.name


def digest_of(root: Path, files: list[str]) -> str:
    """Return the digest of these files and their names, as `Archive` defines it."""
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{name}\0{sha256(root / name)}\n".encode())
    return whole.hexdigest()


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

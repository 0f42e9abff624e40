"""Datasets from the network or from a copy: fetched, unpacked, checked, then moved into the cache.

A dataset class can be downloaded when it has

    @classmethod
    def download(cls, source: Path | None, progress: Progress) -> Downloaded

where `source` is a folder or an archive to take instead of the network. Most hand an `Archive` to
`obtain`, which does the rest.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from xaibrain.errors import DatasetError
from xaibrain.fetch import Patience, Progress, fetch, ignore
from xaibrain.home import cache_home
from xaibrain.unpack import Limits, unpack

RECORD = ".xaibrain.json"
"""Beside the data: what was put there. Without it, a folder was not put there by xaibrain."""

_DEPTH = 3


@dataclass(frozen=True)
class Archive:
    r"""A published dataset: where it is, and how to tell that it is that one.

    Attributes:
        name: The dataset's name, and its folder in the cache.
        url: A zip or tar; the data may lie some folders down in it.
        counts: Folder, relative to the data, to the number of files directly in it.
        digest: SHA-256 over the sorted lines "path\0sha256\n" of these files.
        suffixes: The files that count, in lower case; all that are not hidden if empty.
        max_bytes: More than this is neither fetched nor unpacked.
    """

    name: str
    url: str
    counts: Mapping[str, int]
    digest: str
    suffixes: tuple[str, ...] = ()
    max_bytes: int = 4 << 30


@dataclass(frozen=True)
class Downloaded:
    """A dataset that lies ready; as text, one line that says what was done.

    Attributes:
        path: The folder of the data.
        files: How many there are.
        digest: Their digest, as in `Archive`.
        published: Whether that is the digest of the published data.
        fresh: False if it was there already and nothing was done.
    """

    path: Path
    files: int
    digest: str
    published: bool = True
    fresh: bool = True

    def __fspath__(self) -> str:
        return str(self.path)

    def __str__(self) -> str:
        where = f"{self.files:,} files in {self.path}"
        begin = where if self.fresh else f"Nothing to do: {where}"
        if self.published:
            return f"{begin}, the published ones (digest {self.digest[:12]})."
        return f"{begin}; not the published ones (their digest is another: {self.digest[:12]})."


def obtain(
    archive: Archive,
    source: Path | None = None,
    progress: Progress = ignore,
    home: Path | None = None,
    patience: Patience | None = None,
) -> Downloaded:
    """Put a dataset into the cache; nothing of it is seen there before it is whole and checked.

    What comes from the network must be the published files, to the bit. A copy of one's own need
    only have the same folders: whether it is the published one is said in the result.

    Args:
        archive: What to get.
        source: A folder or an archive to take instead of the network.
        progress: Told of the bytes that come over the network.
        home: The cache; `cache_home()` if not given.
        patience: How often and how long to try.

    Raises:
        DatasetError: It cannot be fetched, unpacked, checked or stored; the message says what to do.
    """
    home = home or cache_home()
    target = home / archive.name
    present = _present(archive, target)
    if present and (present.published or source is None):
        return present
    if target.exists() and not (target / RECORD).exists():
        raise DatasetError(f"{target}: xaibrain did not put this here; move it away first.")
    try:
        home.mkdir(parents=True, exist_ok=True)
        # A sibling, so that the last step is a rename on one file system.
        with tempfile.TemporaryDirectory(prefix=f".{archive.name}-", dir=home) as work:
            if source is not None:
                return _install(archive, source.expanduser(), home, Path(work))
            return _fetched(archive, home, Path(work), progress, patience)
    except OSError as error:
        raise DatasetError(f"{archive.name}: {error}; see that {home} is writable and has room.") from error


def _fetched(
    archive: Archive, home: Path, work: Path, progress: Progress, patience: Patience | None
) -> Downloaded:
    file = fetch(archive.url, home / f".{archive.name}.download", archive.max_bytes, progress, patience)
    try:
        result = _install(archive, file, home, work, strict=True)
    except DatasetError as error:
        # The next call shall not find it; an interrupted one keeps it.
        file.unlink()
        reason = str(error).replace(str(file), archive.url)
        raise DatasetError(f"{reason} Or get it elsewhere and give --from PATH.") from error
    file.unlink()
    return result


def _install(archive: Archive, source: Path, home: Path, work: Path, strict: bool = False) -> Downloaded:
    if not source.exists():
        raise DatasetError(f"{source}: no such file or folder; check the path.")
    unpacked = source
    if not source.is_dir():
        unpacked = work / "unpacked"
        unpacked.mkdir()
        unpack(source, unpacked, Limits(bytes=archive.max_bytes))
    root = _root(archive, source, unpacked)
    fresh = work / "fresh"
    files = list(_listed(archive, root))
    for path in files:
        (fresh / path).parent.mkdir(parents=True, exist_ok=True)
        # One's own folder is copied, what was unpacked here is moved.
        (shutil.copyfile if source.is_dir() else os.replace)(root / path, fresh / path)
    result = _checked(archive, source, fresh, files, strict)
    target = home / archive.name
    origin = archive.url if strict else str(source)
    (fresh / RECORD).write_text(json.dumps({"digest": result.digest, "source": origin}), "utf-8")
    if target.exists():
        target.rename(work / "old")
    fresh.rename(target)
    return Downloaded(target, result.files, result.digest, result.published)


def _checked(archive: Archive, source: Path, fresh: Path, files: list[str], strict: bool) -> Downloaded:
    digest = _digest(fresh, files)
    published = digest == archive.digest
    if strict and not published:
        what = _difference(archive, files)
        raise DatasetError(f"{source}: not the published files ({what}); the source may have changed.")
    empty = [folder for folder in archive.counts if not any(f.startswith(f"{folder}/") for f in files)]
    if empty:
        raise DatasetError(f"{source}: no file in {empty[0]}; give another copy.")
    return Downloaded(fresh, len(files), digest, published)


def _difference(archive: Archive, files: list[str]) -> str:
    found = dict.fromkeys(archive.counts, 0)
    for file in files:
        found[file.rpartition("/")[0]] += 1
    wrong = [
        f"{folder} holds {found[folder]} of {due}"
        for folder, due in archive.counts.items()
        if found[folder] != due
    ]
    return ", ".join(wrong) or "as many, but of other content"


def _present(archive: Archive, target: Path) -> Downloaded | None:
    """Return what lies in the cache if it is published, or as it was put there; else None."""
    try:
        files = list(_listed(archive, target))
        digest = _digest(target, files)
    except OSError:
        return None
    published = digest == archive.digest
    if not published and digest != _recorded(target):
        return None
    return Downloaded(target, len(files), digest, published, fresh=False)


def _recorded(target: Path) -> str:
    try:
        return str(json.loads((target / RECORD).read_text("utf-8"))["digest"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


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


def _listed(archive: Archive, root: Path) -> Iterator[str]:
    for folder in archive.counts:
        for path in (root / folder).iterdir():
            counts = not archive.suffixes or path.name.lower().endswith(archive.suffixes)
            if counts and path.is_file() and not path.name.startswith("."):
                yield f"{folder}/{path.name}"


def _digest(root: Path, files: list[str]) -> str:
    whole = hashlib.sha256()
    for name in sorted(files):
        with (root / name).open("rb") as file:
            whole.update(f"{name}\0{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()

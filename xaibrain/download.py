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
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xaibrain.errors import DatasetError
from xaibrain.fetch import Patience, Progress, fetch, ignore
from xaibrain.home import cache_home
from xaibrain.unpack import Limits, unpack

RECORD = ".xaibrain.json"
"""Beside the data: what was put there. Without it, a folder was not put there by xaibrain."""

_DEPTH = 3
_ELSE = "Or get it elsewhere and give --from PATH."


@dataclass(frozen=True)
class Archive:
    r"""A published dataset: where it is, and how to tell that it is that one.

    Attributes:
        name: The dataset's name, and its folder in the cache.
        url: A zip or tar; the data may lie some folders down in it. Or several, which hold it together.
        counts: Folder, relative to the data, to the number of files directly in it.
        digest: SHA-256 over the sorted lines "path\0sha256\n" of these files; empty where only those of
            the archives are known.
        suffixes: The files that count, in lower case; all that are not hidden if empty.
        max_bytes: More than this is neither fetched nor unpacked, of each archive.
        sha256: Digests of the archives themselves, in the order of `url`, where they are known.
        files: A regular expression. If given, the data are all files with such a name, wherever they
            lie, also in archives in the archive; they come into one folder, and `counts` is for "".
    """

    name: str
    url: str | tuple[str, ...]
    counts: Mapping[str, int]
    digest: str
    suffixes: tuple[str, ...] = ()
    max_bytes: int = 4 << 30
    sha256: tuple[str, ...] = ()
    files: str = ""

    @property
    def urls(self) -> tuple[str, ...]:
        """The address of each archive."""
        return (self.url,) if isinstance(self.url, str) else self.url


@dataclass(frozen=True)
class Downloaded:
    """A dataset that lies ready; as text, one line that says what was done.

    Attributes:
        path: The folder of the data.
        files: How many there are.
        digest: Their digest, as in `Archive`.
        published: Whether that is the published data; None where nothing can tell.
        fresh: False if it was there already and nothing was done.
    """

    path: Path
    files: int
    digest: str
    published: bool | None = True
    fresh: bool = True

    def __fspath__(self) -> str:
        return str(self.path)

    def __str__(self) -> str:
        where = f"{self.files:,} files in {self.path}"
        begin = where if self.fresh else f"Nothing to do: {where}"
        if self.published:
            return f"{begin}, the published ones (digest {self.digest[:12]})."
        if self.published is None:
            return f"{begin}; whether they are the published ones cannot be told (digest {self.digest[:12]})."
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
                return _install(archive, [source.expanduser()], home, Path(work))
            return _fetched(archive, home, Path(work), progress, patience)
    except OSError as error:
        raise DatasetError(f"{archive.name}: {error}; see that {home} is writable and has room.") from error


def _fetched(
    archive: Archive, home: Path, work: Path, progress: Progress, patience: Patience | None
) -> Downloaded:
    files = {}
    for number, url in enumerate(archive.urls):
        which = f".{number}" if len(archive.urls) > 1 else ""
        file = home / f".{archive.name}{which}.download"
        files[fetch(url, file, archive.max_bytes, progress, patience)] = url
        # The next call shall not find a wrong one; the right ones, and an interrupted one, are kept.
        if archive.sha256 and _sha256(file) != archive.sha256[number]:
            file.unlink()
            raise DatasetError(f"{url}: not the published file; the source may have changed. {_ELSE}")
    try:
        result = _install(archive, list(files), home, work, strict=True)
    except DatasetError as error:
        reason = str(error)
        for file, url in files.items():
            file.unlink()
            reason = reason.replace(str(file), url)
        raise DatasetError(f"{reason} {_ELSE}") from error
    for file in files:
        file.unlink()
    return result


def _install(
    archive: Archive, sources: list[Path], home: Path, work: Path, strict: bool = False
) -> Downloaded:
    source = sources[0]
    if not source.exists():
        raise DatasetError(f"{source}: no such file or folder; check the path.")
    gathered = _gathered(archive, sources, work)
    fresh = work / "fresh"
    fresh.mkdir()
    for name, path in gathered.files.items():
        (fresh / name).parent.mkdir(parents=True, exist_ok=True)
        # One's own folder is copied, what was unpacked here is moved.
        (os.replace if path.is_relative_to(work) else shutil.copyfile)(path, fresh / name)
    result = _checked(archive, source, fresh, gathered, strict)
    target = home / archive.name
    record: dict[str, Any] = {"digest": result.digest, "source": archive.url if strict else str(source)}
    if not archive.digest:
        record["published"] = result.published
    (fresh / RECORD).write_text(json.dumps(record), "utf-8")
    if target.exists():
        target.rename(work / "old")
    fresh.rename(target)
    return Downloaded(target, result.files, result.digest, result.published)


@dataclass(frozen=True)
class _Gathered:
    """The files of a dataset, by their names in it, and the digests of the archives they came from."""

    files: dict[str, Path]
    sha256: set[str]


def _gathered(archive: Archive, sources: list[Path], work: Path) -> _Gathered:
    """Find the files in folders and archives; scattered ones also in the archives in those."""
    gathered = _Gathered({}, set())
    waiting = [(source, source) for source in sources]
    for number, (place, source) in enumerate(waiting):
        folder = place
        if not place.is_dir():
            folder = work / f"unpacked-{number}"
            folder.mkdir()
            unpack(place, folder, Limits(bytes=archive.max_bytes))
            gathered.sha256.add(_sha256(place))
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
        return {name: root / name for name in _listed(archive, root)}
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if re.fullmatch(archive.files, path.name) and path.is_file():
            if path.name in found:
                raise DatasetError(f"{source}: {path.name} stands in it twice; give another copy.")
            found[path.name] = path
    return found


def _checked(archive: Archive, source: Path, fresh: Path, gathered: _Gathered, strict: bool) -> Downloaded:
    files = list(gathered.files)
    digest = _digest(fresh, files)
    published: bool | None = digest == archive.digest
    if not archive.digest:
        whole = archive.sha256 and gathered.sha256 >= set(archive.sha256)
        published = True if whole and not _miscounted(archive, files) else None
    if strict and not published:
        what = _difference(archive, files)
        raise DatasetError(f"{source}: not the published files ({what}); the source may have changed.")
    counts = Counter(file.rpartition("/")[0] for file in files)
    empty = [folder for folder in archive.counts if not counts[folder]]
    if empty:
        raise DatasetError(f"{source}: no file in {empty[0] or 'it is of this dataset'}; give another copy.")
    return Downloaded(fresh, len(files), digest, published)


def _difference(archive: Archive, files: list[str]) -> str:
    return ", ".join(_miscounted(archive, files)) or "as many, but of other content"


def _miscounted(archive: Archive, files: list[str]) -> list[str]:
    found = Counter(file.rpartition("/")[0] for file in files)
    return [
        f"{folder or 'it'} holds {found[folder]} of {due}"
        for folder, due in archive.counts.items()
        if found[folder] != due
    ]


def _present(archive: Archive, target: Path) -> Downloaded | None:
    """Return what lies in the cache if it is published, or as it was put there; else None."""
    try:
        files = list(_listed(archive, target))
        digest = _digest(target, files)
    except OSError:
        return None
    known, published = _recorded(target)
    if digest == archive.digest:
        published = True
    elif digest != known:
        return None
    elif archive.digest:
        published = False
    return Downloaded(target, len(files), digest, published, fresh=False)


def _recorded(target: Path) -> tuple[str, bool | None]:
    """Return the digest that was put there, and whether that was known to be the published data."""
    try:
        record = json.loads((target / RECORD).read_text("utf-8"))
        return str(record["digest"]), record.get("published")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "", None


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
                yield f"{folder}/{path.name}" if folder else path.name


def _digest(root: Path, files: list[str]) -> str:
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(f"{name}\0{_sha256(root / name)}\n".encode())
    return whole.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

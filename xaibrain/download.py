"""Datasets from the network or from a copy: fetched, unpacked, checked, then moved into the cache.

A dataset class can be downloaded when it has

    @classmethod
    def download(cls, source: Path | None, progress: Progress) -> Downloaded

where `source` is a folder or an archive to take instead of the network. Most hand an `Archive` to
`obtain`, which does the rest.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from xaibrain.errors import DatasetError
from xaibrain.fetch import Patience, Progress, fetch, ignore
from xaibrain.gathering import Gathered, digest_of, gathered_from, listed, sha256
from xaibrain.home import cache_home
from xaibrain.published import Archive, Downloaded

__all__ = ["RECORD", "Archive", "Downloaded", "obtain"]

RECORD = ".xaibrain.json"
"""Beside the data: what was put there. Without it, a folder was not put there by xaibrain."""

_ELSE = "Or get it elsewhere and give --from PATH."


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
        if archive.sha256 and sha256(file) != archive.sha256[number]:
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
    gathered = gathered_from(archive, sources, work)
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


def _checked(archive: Archive, source: Path, fresh: Path, gathered: Gathered, strict: bool) -> Downloaded:
    files = list(gathered.files)
    digest = digest_of(fresh, files)
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
        files = list(listed(archive, target))
        digest = digest_of(target, files)
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

"""Files of pictures: found, given to the reader that knows them, and read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from io import BufferedReader
from pathlib import Path
from typing import Any, NamedTuple

from xaibrain.core.manager import manager
from xaibrain.core.parameters import parameters_of
from xaibrain.core.reader import Reader
from xaibrain.core.records import Image
from xaibrain.core.registry import Entry
from xaibrain.core.spec import ReaderSpec
from xaibrain.errors import InputError, as_text, unknown_name

SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp")
"""Of ordinary picture files, in any case; `find_images` takes those of all readers."""

MASKS = "masks"
"""In a folder of pictures, this sub-folder is taken for their masks."""

PIXEL_LIMIT = 100_000_000
"""Pictures of more pixels are refused, before any pixel is decoded."""

_START = 1024


class Found(NamedTuple):
    """A picture file, and an id that no other file of the same search has."""

    path: Path
    id: str


def read_image(
    path: str | os.PathLike[str],
    id: str | None = None,
    label: str | None = None,
    index: int | None = None,
    **options: Any,
) -> Image:
    """Read one picture from a file of any format that there is a reader for.

    Args:
        path: The file.
        id: What to call the picture; its file name if not given.
        label: The true class, where known.
        index: Which picture of the file, from 0, where it holds several.
        options: The reader's own; `xaibrain readers NAME` lists them.

    Raises:
        InputError: The file is missing, no picture, damaged, over `PIXEL_LIMIT`, or not finite; or it
            holds several pictures and none was chosen.
        UsageError: An option is unknown or of the wrong type.
        PluginError: The reader's extra is not installed.
    """
    path = Path(path)
    [(entry, files)] = by_reader([Found(path, id or path.name)])
    if entry is None:
        raise unread(path)
    reader: Reader = entry.make(**options)
    parts = reader.parts(files)
    if index is None and len(parts) != 1:
        raise InputError(f"{path}: holds {len(parts)} pictures; choose one of them by its index, from 0.")
    if not -1 < (index or 0) < len(parts):
        raise InputError(f"{path}: no picture {index}; it holds {len(parts)}, counted from 0.")
    image = reader.read(parts[index or 0])
    return replace(image, label=label) if label is not None else image


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """Open a file for a reader.

    Raises:
        InputError: It is a folder, is missing or empty, or cannot be read, in the block too; one line.
    """
    try:
        with path.open("rb") as file:
            if not file.peek(1):
                raise InputError(f"{path}: the file is empty; fetch it again.")
            yield file
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; check the path.") from None
    # Systems differ in what they call it when a folder is opened.
    except (IsADirectoryError, PermissionError):
        if path.is_dir():
            raise InputError(f"{path}: a folder, not a picture; name a file in it.") from None
        raise InputError(f"{path}: permission denied; make the file readable.") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({first_line(error)}); check the disk.") from error


def first_line(error: BaseException) -> str:
    """Return what a foreign error says, in one line."""
    return (str(error).splitlines() or [""])[0].rstrip(".") or type(error).__name__


def by_reader(files: Iterable[Found]) -> list[tuple[Entry | None, list[Found]]]:
    """Sort files by the reader that knows them: by suffix, or else by how they begin.

    Returns:
        Readers in the order of their first files; None with those that nobody knows.
    """
    entries = _entries()
    sorted_files: dict[str, tuple[Entry | None, list[Found]]] = {}
    for found in files:
        entry = _by_suffix(found.path, entries) or _by_start(found.path, entries)
        sorted_files.setdefault(entry.spec.name if entry else "", (entry, []))[1].append(found)
    return list(sorted_files.values())


def checked_options(entries: Sequence[Entry], options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return for each reader those of the options that it has.

    Raises:
        UsageError: An option is known to none of them.
    """
    known = [set(parameters_of(entry.target())) if options else set() for entry in entries]
    everything = sorted(set().union(*known))
    for key in options:
        if key not in everything:
            has = ", ".join(everything) or "none"
            raise unknown_name("option of the readers of these files", key, everything, f"They have: {has}.")
    return [{key: value for key, value in options.items() if key in mine} for mine in known]


def unread(path: Path) -> InputError:
    """Return the error for a file that no reader knows."""
    if path.is_dir() or not path.exists():
        try:
            with opened(path):
                pass
        except InputError as error:
            return error
    kinds = ", ".join(entry.spec.name for entry, _ in _entries())
    return InputError(f"{path}: not a file that any reader knows ({kinds}); convert it or leave it out.")


def _entries() -> list[tuple[Entry, ReaderSpec]]:
    entries = manager().registry.entries("reader")
    return [(entry, entry.spec) for entry in entries if isinstance(entry.spec, ReaderSpec)]


def _by_suffix(path: Path, entries: Sequence[tuple[Entry, ReaderSpec]]) -> Entry | None:
    """Return the reader of the longest suffix that fits: `.nii.gz` rather than `.gz`."""
    name = path.name.lower()
    fits = [
        (len(suffix), entry) for entry, spec in entries for suffix in spec.suffixes if name.endswith(suffix)
    ]
    return max(fits, key=lambda fit: fit[0])[1] if fits else None


def _by_start(path: Path, entries: Sequence[tuple[Entry, ReaderSpec]]) -> Entry | None:
    try:
        with path.open("rb") as file:
            start = file.read(_START)
    except OSError:
        return None
    return next((entry for entry, spec in entries if spec.knows(start)), None)


def find_images(paths: Iterable[str | os.PathLike[str]]) -> list[Found]:
    """Return the picture files among files and folders, each once.

    Folders are searched to the bottom for the suffixes that readers declare, and names without a suffix, or
    with a number for one, are taken where a reader knows how they begin; hidden names are skipped, links
    are followed but no folder is entered twice. A sub-folder `masks` with pictures at the paths of others
    holds their masks, and is left out. The order is that of `paths`, and within a folder the plain order
    of the relative paths. A file that is named itself is taken whatever its suffix.

    Returns:
        Files with their ids: the path below the given folder, with ``/``. Where two would be the
        same, each takes as many more of its own folders as it needs ("left/a.png", "right/a.png").

    Raises:
        InputError: A path is missing, or a folder holds no picture or cannot be listed.
    """
    found: dict[Path, int] = {}
    for given in map(Path, paths):
        if given.is_dir():
            for path in _without_masks(_pictures_below(given), given):
                found.setdefault(path.absolute(), len(path.relative_to(given).parts))
        elif given.exists():
            found.setdefault(given.absolute(), 1)
        else:
            raise InputError(f"{given}: no such file or folder; check the path.")
    return [Found(path, as_text(id)) for path, id in zip(found, _unique_ids(found), strict=True)]


def _pictures_below(folder: Path) -> list[Path]:
    entries = _entries()
    pictures = sorted(_walk(folder, entries), key=lambda path: path.relative_to(folder).as_posix())
    if not pictures:
        suffixes = " ".join(suffix for _, spec in entries for suffix in spec.suffixes)
        raise InputError(f"{folder}: holds no picture ({suffixes}); name another folder.")
    return pictures


def _without_masks(pictures: list[Path], folder: Path) -> list[Path]:
    masks = folder / MASKS
    if not masks.is_dir():
        return pictures
    others = [path for path in pictures if not path.is_relative_to(masks)]
    beside = {path.relative_to(folder).with_suffix("") for path in others}
    mirrors = any(path.relative_to(masks).with_suffix("") in beside for path in set(pictures) - set(others))
    return others if mirrors else pictures


def _walk(folder: Path, entries: Sequence[tuple[Entry, ReaderSpec]]) -> Iterator[Path]:
    entered = set()
    for here, folders, files in os.walk(folder, followlinks=True, onerror=_refuse):
        real = os.path.realpath(here)
        if real in entered:
            folders.clear()
            continue
        entered.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for path in (Path(here, name) for name in files if not name.startswith(".")):
            if _by_suffix(path, entries) or (_bare(path) and _by_start(path, entries)):
                yield path


def _bare(path: Path) -> bool:
    """Say whether a name has no suffix to go by; DICOM files are often called by numbers with dots."""
    return not path.suffix or path.suffix[1:].isdecimal()


def _refuse(error: OSError) -> None:
    raise InputError(f"{error.filename}: cannot be listed ({error.strerror}); make the folder readable.")


def _unique_ids(found: dict[Path, int]) -> list[str]:
    lengths = dict(found)
    while True:
        holders: dict[str, list[Path]] = {}
        for path, length in lengths.items():
            holders.setdefault("/".join(path.parts[-length:]), []).append(path)
        clashing = [path for paths in holders.values() if len(paths) > 1 for path in paths]
        if not clashing:
            return [id for id, (path,) in holders.items()]
        for path in clashing:
            lengths[path] = min(lengths[path] + 1, len(path.parts))

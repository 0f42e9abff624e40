"""Whatever a user hands over becomes a sequence of pictures that are read one at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from xaibrain.core.dataset import Dataset
from xaibrain.core.reader import Reader
from xaibrain.core.records import Image, Part
from xaibrain.errors import InputError, PluginError, UsageError, as_text
from xaibrain.reading import Found, by_reader, checked_options, find_images, unread

Picture: TypeAlias = "str | os.PathLike[str] | NDArray[Any] | Image"
Inputs: TypeAlias = "Picture | Dataset | Iterable[Picture]"
Options: TypeAlias = Mapping[str, Any]

_NONE: Options = MappingProxyType({})


@dataclass(frozen=True)
class Item:
    """A picture that has not been read yet; it can be pickled, and read elsewhere, if its dataset can.

    Attributes:
        id: Unique within a run.
        source: Where it comes from.
        read: Returns it, or raises `InputError`.
        group: What it belongs to (a patient, a volume), where that is known.
    """

    id: str
    source: str
    read: Callable[[], Image]
    group: str = ""


def items_of(inputs: Inputs, options: Options = _NONE) -> Sequence[Item]:
    """List the pictures in paths (folders are searched), arrays, `Image`s or a dataset.

    Arrays are (h, w), (h, w, c) or (n, h, w, c) with c of 1 or 3. A file may hold several pictures.

    Args:
        inputs: What a user hands over.
        options: For the readers of the files; each takes those that it has.

    Raises:
        InputError: A folder holds no picture.
        UsageError: Something that is none of these, or an option that no reader of the files has.
    """
    if isinstance(inputs, (str, os.PathLike)):
        return _files(find_images([inputs]), options)
    if isinstance(inputs, Image):
        return [_image(inputs)]
    if isinstance(inputs, np.ndarray):
        return _arrays(inputs)
    if isinstance(inputs, Dataset):
        return [_from_dataset(inputs, index) for index in range(len(inputs))]
    if isinstance(inputs, Iterable):
        return _mixed(list(inputs), options)
    raise UsageError(f"Cannot explain {type(inputs).__name__}; give paths, arrays, Images or a Dataset.")


def spread(count: int, limit: int | None) -> Sequence[int]:
    """Return so many of the numbers from 0 to count, evenly spread: datasets come sorted by class.

    Args:
        count: How many there are.
        limit: How many to take at most; None for all.
    """
    taken = count if limit is None else min(limit, count)
    return [index * count // taken for index in range(taken)]


def failing_item(path: str, error: InputError) -> Item:
    """Return an item for a path that holds no picture: reading it raises that error again."""
    return Item(as_text(path), as_text(path), partial(_refuse, error))


def _refuse(error: InputError) -> Image:
    raise error


def items_of_paths(paths: Sequence[str], options: Options = _NONE) -> tuple[list[Item], list[Item]]:
    """List the pictures of files and folders; a path that holds none fails alone, when it is read.

    Returns:
        The pictures, and an item that fails for each path without any.
    """
    good, bad = [], []
    for path in paths:
        try:
            find_images([path])
            good.append(path)
        except InputError as error:
            bad.append(failing_item(path, error))
    return _files(find_images(good), options), bad


def _mixed(pictures: list[Any], options: Options) -> list[Item]:
    items: list[Item] = []
    # Files are searched together, so that equal names in two folders get different ids.
    if all(isinstance(picture, (str, os.PathLike)) for picture in pictures):
        return _files(find_images(pictures), options)
    for index, picture in enumerate(pictures):
        if isinstance(picture, np.ndarray):
            items += _arrays(picture, f"array-{index:06d}")
        else:
            items += items_of(picture, options)
    return items


def _files(files: Sequence[Found], options: Options) -> list[Item]:
    """List what is in files; those that there is no reader for fail when they are read."""
    items: list[Item] = []
    readable = []
    for entry, mine in by_reader(files):
        try:
            if entry:
                entry.target()
                readable.append((entry, mine))
            else:
                items += [failing_item(str(found.path), unread(found.path)) for found in mine]
        # Its extra is not installed, most likely; said once, not for each file.
        except PluginError as error:
            more = f" (and {len(mine) - 1} more)" if len(mine) > 1 else ""
            items.append(failing_item(str(mine[0].path), InputError(f"{mine[0].path}{more}: {error}")))
    given = checked_options([entry for entry, _ in readable], options) if readable else []
    for (entry, mine), chosen in zip(readable, given, strict=True):
        reader: Reader = entry.make(**chosen)
        items += [_part(reader, part) for part in reader.parts(mine)]
    return items


def _part(reader: Reader, part: Part) -> Item:
    return Item(
        part.id, as_text(part.path), partial(reader.read, part), part.place.volume if part.place else ""
    )


def _image(image: Image) -> Item:
    return Item(image.id, image.source, partial(_itself, image))


def _itself(image: Image) -> Image:
    return image


def _from_dataset(dataset: Dataset, index: int) -> Item:
    ids, groups = getattr(dataset, "ids", ()), getattr(dataset, "groups", ())
    name = ids[index] if ids else f"{type(dataset).__name__}[{index}]"
    return Item(name, name, partial(dataset.__getitem__, index), groups[index] if groups else "")


def _arrays(array: NDArray[Any], name: str = "array") -> list[Item]:
    if array.ndim == 4:
        return [item for i, picture in enumerate(array) for item in _arrays(picture, f"{name}-{i:06d}")]
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    return [Item(name, "array", partial(Image, array, name, "array"))]

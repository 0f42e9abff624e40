"""Whatever a user hands over becomes a sequence of pictures that are read one at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from xaibrain.core.interfaces import Dataset
from xaibrain.core.records import Image
from xaibrain.errors import InputError, UsageError
from xaibrain.reading import find_images, read_image

Picture: TypeAlias = "str | os.PathLike[str] | NDArray[Any] | Image"
Inputs: TypeAlias = "Picture | Dataset | Iterable[Picture]"


@dataclass(frozen=True)
class Item:
    """A picture that has not been read yet.

    Attributes:
        id: Unique within a run.
        source: Where it comes from.
        read: Returns it, or raises `InputError`.
        group: What it belongs to (a patient), where its dataset says so.
    """

    id: str
    source: str
    read: Callable[[], Image]
    group: str = ""


def items_of(inputs: Inputs) -> Sequence[Item]:
    """List the pictures in paths (folders are searched), arrays, `Image`s or a dataset.

    Arrays are (h, w), (h, w, c) or (n, h, w, c) with c of 1 or 3.

    Raises:
        InputError: A folder holds no picture.
        UsageError: Something that is none of these.
    """
    if isinstance(inputs, (str, os.PathLike)):
        return _files([inputs])
    if isinstance(inputs, Image):
        return [_image(inputs)]
    if isinstance(inputs, np.ndarray):
        return _arrays(inputs)
    if isinstance(inputs, Dataset):
        return [_from_dataset(inputs, index) for index in range(len(inputs))]
    if isinstance(inputs, Iterable):
        return _mixed(list(inputs))
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

    def read() -> Image:
        raise error

    return Item(path, path, read)


def items_of_paths(paths: Sequence[str]) -> tuple[list[Item], list[Item]]:
    """List the pictures of files and folders; a path that holds none fails alone, when it is read.

    Returns:
        The pictures, and an item that fails for each path without any.
    """
    good, bad = [], []
    for path in paths:
        try:
            items_of(path)
            good.append(path)
        except InputError as error:
            bad.append(failing_item(path, error))
    return _files(good) if good else [], bad


def _mixed(pictures: list[Any]) -> list[Item]:
    items: list[Item] = []
    # Files are searched together, so that equal names in two folders get different ids.
    if all(isinstance(picture, (str, os.PathLike)) for picture in pictures):
        return _files(pictures)
    for index, picture in enumerate(pictures):
        if isinstance(picture, np.ndarray):
            items += _arrays(picture, f"array-{index:06d}")
        else:
            items += items_of(picture)
    return items


def _files(paths: Sequence[str | os.PathLike[str]]) -> list[Item]:
    return [
        Item(found.id, str(found.path), lambda found=found: read_image(found.path, found.id))  # type: ignore[misc]
        for found in find_images(paths)
    ]


def _image(image: Image) -> Item:
    return Item(image.id, image.source, lambda: image)


def _from_dataset(dataset: Dataset, index: int) -> Item:
    ids, groups = getattr(dataset, "ids", ()), getattr(dataset, "groups", ())
    name = ids[index] if ids else f"{type(dataset).__name__}[{index}]"
    return Item(name, name, lambda: dataset[index], groups[index] if groups else "")


def _arrays(array: NDArray[Any], name: str = "array") -> list[Item]:
    if array.ndim == 4:
        return [item for i, picture in enumerate(array) for item in _arrays(picture, f"{name}-{i:06d}")]
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    return [Item(name, "array", lambda: Image(array, name, "array"))]

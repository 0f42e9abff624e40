"""Gives any dataset the boxes or masks that lie beside it, as its pictures are read."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from xaibrain.annotations import Annotations, Boxes, Masks, stem_of
from xaibrain.core.dataset import Dataset
from xaibrain.core.records import Image
from xaibrain.errors import DatasetError, InputError, UsageError
from xaibrain.reading import MASKS, find_images

BOXES = "boxes.csv"
"""In a dataset's folder, this file is taken for its boxes."""

_log = logging.getLogger("xaibrain")


class Annotated:
    """A dataset whose pictures carry boxes or masks from beside it; all else is the dataset's own.

    A picture that nothing is said of keeps the mask that it has. Where the dataset has no labels, those
    of the boxes are taken.

    Args:
        dataset: Any dataset.
        annotations: Its boxes or masks.
    """

    def __init__(self, dataset: Dataset, annotations: Annotations) -> None:
        self.dataset = dataset
        self.annotations = annotations
        self.default_model = dataset.default_model
        self._labels = {} if dataset.class_names else annotations.labels
        self.class_names = dataset.class_names or tuple(sorted(set(self._labels.values())))

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.dataset)

    def __getitem__(self, index: int) -> Image:
        """Read one picture, and its mask."""
        return self._annotated(self.dataset[index])

    def __iter__(self) -> Iterator[Image]:
        """Read the pictures in order."""
        return map(self._annotated, self.dataset)

    def __getattr__(self, name: str) -> Any:
        # Asked for by copy and pickle, before there is a dataset to hand it on to.
        if name.startswith("__") or name == "dataset":
            raise AttributeError(name)
        return getattr(self.dataset, name)

    def _annotated(self, image: Image) -> Image:
        id = self.annotations.id_of(image.id)
        if id is None:
            return image
        mask, label = self.annotations.mask(id, image.size), image.label or self._labels.get(id)
        return replace(image, mask=mask, mask_kind=self.annotations.kind, label=label)


@dataclass(frozen=True)
class Match:
    """How annotations fit the pictures of a dataset; as text, one line.

    Attributes:
        annotations: They.
        pictures: How many there are.
        bare: Those that nothing is said of, by id.
        stray: What is said of no picture, by id.
    """

    annotations: Annotations
    pictures: int
    bare: list[str]
    stray: list[str]

    def __str__(self) -> str:
        what = "a box" if self.annotations.kind == "box" else "a mask"
        told = f"{self.annotations.source}: {self.pictures - len(self.bare):,} of {self.pictures:,} pictures"
        parts = [f"{told} have {what}"]
        if self.bare:
            parts.append(f"{len(self.bare):,} have none, such as {self.bare[0]}")
        if self.stray:
            parts.append(f"{len(self.stray):,} of its entries match no picture, such as {self.stray[0]}")
        return "; ".join(parts) + "."


def match(dataset: Dataset, annotations: Annotations) -> Match | None:
    """Compare annotations with the pictures of a dataset; None where it does not list its `ids`."""
    ids = getattr(dataset, "ids", None)
    if ids is None:
        return None
    matched = [annotations.id_of(id) for id in ids]
    bare = [id for id, there in zip(ids, matched, strict=True) if there is None]
    there = set(matched)
    return Match(annotations, len(ids), bare, [id for id in annotations.ids if id not in there])


def annotated(dataset: Dataset, boxes: str | Path = "", masks: str | Path = "") -> Dataset:
    """Return a dataset with the boxes or masks that are named, or else lie in its folder, if any.

    Raises:
        DatasetError: They cannot be read, or those that were named match no picture.
        UsageError: Both are named.
    """
    if boxes and masks:
        raise UsageError("A dataset takes boxes or masks, not both; leave one out.")
    named = Boxes(Path(boxes).expanduser()) if boxes else Masks(Path(masks).expanduser()) if masks else None
    annotations = named or found_beside(dataset)
    if annotations is None:
        return dataset
    found = match(dataset, annotations)
    if found is None:
        _log.info("%s: the dataset does not list its ids; matched as they are read.", annotations.source)
    elif named and len(found.bare) == found.pictures:
        raise DatasetError(
            f"{named.source} names {named.ids[0]} and the like, but pictures have ids like {found.bare[0]}; "
            "name the pictures by their ids."
        )
    else:
        _log.log(logging.WARNING if found.stray else logging.INFO, "%s", found)
    return Annotated(dataset, annotations)


def found_beside(dataset: Dataset) -> Annotations | None:
    """Return the boxes or masks that lie in the folder of a dataset, if it has one and they do.

    A folder `masks` counts if it mirrors pictures: a class may have that name too.

    Raises:
        DatasetError: Both are there, or what is there cannot be read.
    """
    folder = getattr(dataset, "folder", None)
    if folder is None:
        return None
    boxes = Boxes(folder / BOXES) if (folder / BOXES).is_file() else None
    masks = Masks(folder / MASKS) if _mirrors(folder / MASKS, dataset) else None
    if boxes and masks:
        raise DatasetError(f"{folder} holds {BOXES} and {MASKS}; say which: boxes=PATH or masks=PATH.")
    return boxes or masks


def _mirrors(folder: Path, dataset: Dataset) -> bool:
    try:
        found = {stem_of(id) for _, id in find_images([folder])}
    except InputError:
        return False
    return any(stem_of(id) in found for id in getattr(dataset, "ids", ()))

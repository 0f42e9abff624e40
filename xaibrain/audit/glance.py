"""What the audit keeps of a picture once it was read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from xaibrain.audit.hashing import perceptual_hash
from xaibrain.audit.measures import measure
from xaibrain.audit.turns import SIDE
from xaibrain.core.records import Image
from xaibrain.errors import InputError
from xaibrain.inputs import Item
from xaibrain.ops.intensity import to_byte_range
from xaibrain.splits import split_of

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""

_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class Glance:
    """One picture, as small as the audit needs it.

    Attributes:
        index: Its place among the items that were read.
        id: As in the dataset.
        label: Its class, where known.
        split: "train", "test" or "validation", where its id says so.
        sha256: Digest of its file.
        hash: 64-bit perceptual hash of the whole frame.
        thumb: (SIDE, SIDE) uint8 grey, the whole frame squeezed into a square.
        measures: What can be measured without looking at the anatomy (see `xaibrain.audit.measures`).
        group: What it belongs to (a patient), where its dataset says so.
    """

    index: int
    id: str
    label: str | None
    split: str | None
    sha256: str
    hash: int
    thumb: NDArray[np.uint8]
    measures: dict[str, float]
    group: str = ""


def glance(image: Image, index: int = 0, group: str = "") -> Glance:
    """Reduce a picture to what the audit keeps.

    Raises:
        PluginError: ImageHash is not installed.
    """
    return Glance(
        index,
        image.id,
        image.label,
        split_of(image.id),
        image.sha256,
        perceptual_hash(image),
        thumbnail(image),
        measure(image),
        group,
    )


def thumbnail(image: Image) -> NDArray[np.uint8]:
    """Return a picture in grey, its whole frame squeezed into (SIDE, SIDE) uint8."""
    grey = to_byte_range(image.pixels)
    if grey.ndim == 3:
        grey = np.asarray(cv2.cvtColor(grey, cv2.COLOR_RGB2GRAY), np.float32)
    small = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.rint(small).clip(0, 255).astype(np.uint8)


def glances(items: Sequence[Item], progress: Progress) -> tuple[list[Glance], list[str]]:
    """Read all pictures, on as many threads as there are cores, at most four.

    Returns:
        What was kept of those that can be read, in order, and one line for each that cannot.
    """
    seen: list[Glance] = []
    unreadable: list[str] = []
    for done, outcome in enumerate(_read(items), 1):
        if isinstance(outcome, Glance):
            seen.append(outcome)
        else:
            unreadable.append(outcome)
        progress("reading", done, len(items))
    return seen, unreadable


def _read(items: Sequence[Item]) -> Iterator[Glance | str]:
    def one(index: int) -> Glance | str:
        try:
            return glance(items[index].read(), index, items[index].group)
        except InputError as error:
            return str(error)

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        # In portions, so that an interrupt need not wait for the whole dataset.
        for start in range(0, len(items), _AT_ONCE):
            yield from pool.map(one, range(start, min(start + _AT_ONCE, len(items))))

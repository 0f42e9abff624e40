"""The dataset `cheng`: slices of three kinds of tumour, with masks, borders and patients."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from xaibrain import Image
from xaibrain.errors import DatasetError, InputError
from xaibrain.home import cache_home
from xaibrain_cheng.slices import LABELS, SLICE, Border, Slice, read_slice

if TYPE_CHECKING:
    from xaibrain.download import Downloaded
    from xaibrain.fetch import Progress

NAME = "cheng"
SPACING = 0.49
"""Millimetres a pixel of the slices of 512 × 512; of the few smaller ones it is not published."""

_SIDE = 512


class Cheng:
    """3,064 T1-weighted, contrast-enhanced slices of 233 patients: glioma, meningioma, pituitary tumour.

    By Jun Cheng, from two hospitals in China, 2005 to 2010; CC BY 4.0. Each slice has a tumour, drawn
    round by hand. Ids are file names, "1.mat" to "3064.mat", in the order of their numbers.

    Many of these slices have a twin in `brain-mri`: one is no test set for the other.

    Args:
        root: The folder that holds the .mat files, in any sub-folders. If empty: that of `XAIBRAIN_DATA`,
            else the one that `xaibrain datasets download` filled.

    Raises:
        DatasetError: The data is in none of these places.
    """

    class_names: tuple[str, ...] = tuple(sorted(LABELS.values()))
    default_model: str | None = "brain-mri-efficientnet-b0"

    def __init__(self, root: str = "") -> None:
        self.root = root
        self.folder, self._paths = find_data(root)
        self.ids = tuple(path.name for path in self._paths)

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self._paths)

    def __getitem__(self, index: int) -> Image:
        """Read one slice in its own range, mostly (512, 512) uint16, with its mask."""
        path = self._paths[index]
        pixels, label, mask = read_slice(path, lambda slice: (slice.pixels(), slice.label(), slice.mask()))
        return Image(
            pixels,
            path.name,
            str(path),
            label,
            mask,
            (SPACING, SPACING) if pixels.shape == (_SIDE, _SIDE) else None,
            hashlib.sha256(path.read_bytes()).hexdigest(),
        )

    def __iter__(self) -> Iterator[Image]:
        """Read the pictures in order."""
        return (self[index] for index in range(len(self)))

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The patient of each slice; a slice that cannot be read is a group of its own."""
        return tuple(map(_patient, self._paths))

    def border(self, index: int) -> Border:
        """Return the outline of a slice's tumour as it was drawn: (n, 2), x and y in pixels.

        Raises:
            InputError: The file is damaged, or has no border.
        """
        return read_slice(self._paths[index], Slice.border)

    @classmethod
    def download(cls, source: Path | None, progress: Progress) -> Downloaded:
        """Put the data into the cache, from figshare or from a copy of one's own.

        Args:
            source: A folder or an archive with the .mat files in it, or with the four archives.
            progress: Told of the bytes that come over the network, anew for each of the four.

        Raises:
            DatasetError: It cannot be fetched or checked; the message says what to do.
        """
        # Not at the top: reading pictures needs no network modules.
        from xaibrain.download import obtain
        from xaibrain_cheng.archive import ARCHIVE

        return obtain(ARCHIVE, source, progress)


def find_data(root: str = "") -> tuple[Path, list[Path]]:
    """Return the folder of the data and the slices in it, by number.

    Raises:
        DatasetError: `root`, `XAIBRAIN_DATA` and the cache do not have it, or it has a slice twice.
    """
    given = root or os.environ.get("XAIBRAIN_DATA", "")
    places = [Path(given).expanduser().absolute()] if given else []
    if not root:
        places.append(cache_home() / NAME)
    for place in places:
        found = [path for path in place.rglob("*.mat") if re.fullmatch(SLICE, path.name)]
        numbers = {int(path.stem): path for path in found}
        if len(numbers) < len(found):
            twice = next(path for path in found if numbers[int(path.stem)] != path)
            raise DatasetError(f"{NAME}: {place} holds {twice.name} twice; give a folder with one of each.")
        if numbers:
            return place, [numbers[number] for number in sorted(numbers)]
    looked = " or ".join(map(str, places))
    raise DatasetError(f"{NAME} is not in {looked}. Run: xaibrain datasets download {NAME} (or --from PATH)")


def _patient(path: Path) -> str:
    try:
        return read_slice(path, Slice.patient)
    except InputError:
        return path.name

"""The dataset `brain-mri`: four classes of slices, in the folders Training and Testing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from xaibrain import Image, read_image
from xaibrain.errors import DatasetError
from xaibrain.home import cache_home
from xaibrain.reading import SUFFIXES

if TYPE_CHECKING:
    from xaibrain.download import Downloaded
    from xaibrain.fetch import Progress

CLASS_NAMES = ("glioma_tumor", "meningioma_tumor", "no_tumor", "pituitary_tumor")
SPLITS = {"all": ("Testing", "Training"), "training": ("Training",), "testing": ("Testing",)}
NAME = "brain-mri"


class BrainMri:
    """3,285 brain MRI slices: glioma, meningioma, pituitary tumour, no tumour.

    All 20 pictures of `testing` stand in `training` too, and many slices are near-duplicates of one
    another: group them before splitting. Ids are paths below the data folder, such as
    "Training/glioma_tumor/gg (1).jpg"; pictures come in the plain string order of their ids.

    Args:
        split: The folders to take: Training, Testing, or both.
        root: The folder that holds Training and Testing, or holds Brain-MRI or Coursera-Content. If
            empty: that of `XAIBRAIN_DATA`, else the one that `xaibrain datasets download` filled.

    Raises:
        DatasetError: The data is in none of these places, or a class of the split has no picture.
    """

    class_names: tuple[str, ...] = CLASS_NAMES
    default_model: str | None = "brain-mri-efficientnet-b0"

    def __init__(self, split: Literal["all", "training", "testing"] = "all", root: str = "") -> None:
        self.split = split
        self.root = root
        self.folder = find_data(root)
        self.ids = tuple(sorted(_ids(self.folder, SPLITS[split])))

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.ids)

    def __getitem__(self, index: int) -> Image:
        """Read one picture; its label is the name of its folder."""
        id = self.ids[index]
        return read_image(self.folder / id, id=id, label=id.split("/")[1])

    def __iter__(self) -> Iterator[Image]:
        """Read the pictures in order."""
        return (self[index] for index in range(len(self)))

    @classmethod
    def download(cls, source: Path | None, progress: Progress) -> Downloaded:
        """Put the data into the cache, from GitHub or from a copy of one's own.

        Args:
            source: A folder or an archive with Training and Testing in it, also that of Sartaj
                Bhuvaji on Kaggle; None for the network.
            progress: Told of the bytes that come over the network.

        Raises:
            DatasetError: It cannot be fetched or checked; the message says what to do.
        """
        # Not at the top: reading pictures needs no network modules.
        from xaibrain.download import obtain
        from xaibrain_brain_mri.archive import ARCHIVE

        return obtain(ARCHIVE, source, progress)


def find_data(root: str = "") -> Path:
    """Return the folder that holds Training and Testing.

    Raises:
        DatasetError: `root`, `XAIBRAIN_DATA` and the cache do not have it.
    """
    given = root or os.environ.get("XAIBRAIN_DATA", "")
    places = [Path(given).expanduser().absolute()] if given else []
    if not root:
        places.append(cache_home() / NAME)
    for place in places:
        for below in ("", "Brain-MRI", "Coursera-Content/Brain-MRI"):
            if (place / below / "Training").is_dir():
                return place / below
    looked = " or ".join(map(str, places))
    raise DatasetError(f"{NAME} is not in {looked}. Run: xaibrain datasets download {NAME} (or --from PATH)")


def _ids(folder: Path, splits: tuple[str, ...]) -> Iterator[str]:
    for split in splits:
        for name in CLASS_NAMES:
            here = folder / split / name
            files = [path.name for path in here.iterdir()] if here.is_dir() else []
            pictures = [f for f in files if f.lower().endswith(SUFFIXES) and not f.startswith(".")]
            if not pictures:
                raise DatasetError(
                    f"{NAME}: {here} has no picture. Run: xaibrain datasets download {NAME} (or --from PATH)"
                )
            yield from (f"{split}/{name}/{file}" for file in pictures)

"""Which of its own splits a dataset puts a picture in, as the picture's id tells."""

from __future__ import annotations

from typing import Literal

SplitName = Literal["train", "test", "validation"]

_FOLDERS: dict[SplitName, tuple[str, ...]] = {
    "train": ("train", "training"),
    "test": ("test", "testing"),
    "validation": ("val", "valid", "validation", "dev"),
}
_SPLITS = {folder: split for split, folders in _FOLDERS.items() for folder in folders}


def split_of(id: str) -> SplitName | None:
    """Return the split of a picture; None where its id tells none.

    A dataset tells its splits by the first folder of its ids, such as "Training/glioma_tumor/gg (1).jpg":
    train or training, test or testing, val, valid, validation or dev, in any case.

    Args:
        id: The picture's.
    """
    first, _, below = id.partition("/")
    return _SPLITS.get(first.casefold()) if below else None

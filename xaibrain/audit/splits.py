"""Which split a picture belongs to, as its dataset tells it."""

from __future__ import annotations

_NAMES = {
    "train": ("train", "training"),
    "test": ("test", "testing"),
    "validation": ("val", "valid", "validation", "dev"),
}
_SPLITS = {name: split for split, names in _NAMES.items() for name in names}


def place_of(id: str, label: str | None) -> tuple[str | None, str | None]:
    """Return the split and the class of a picture.

    A dataset tells its splits by the first folder of its ids: train or training, test or testing, val,
    valid, validation or dev, in any case ("Training/glioma_tumor/gg (1).jpg"). Any other first folder
    is no split. Where the label is that folder's name, which is what a plain folder of splits gives, the
    class is the next folder, if there is one.

    Args:
        id: The picture's.
        label: As the dataset gives it.
    """
    folders = id.split("/")[:-1]
    split = _SPLITS.get(folders[0].casefold()) if folders else None
    if split is not None and label == folders[0]:
        label = folders[1] if len(folders) > 1 else None
    return split, label

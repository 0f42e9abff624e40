"""The dataset `folder`: the pictures that lie in a folder of one's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from xaibrain import Image, read_image
from xaibrain.errors import DatasetError, InputError
from xaibrain.reading import Found, find_images
from xaibrain.splits import split_of

_MASKS = "masks/"


class Folder:
    """The pictures of a folder, in the plain string order of their relative paths, which are their ids.

    Where every picture lies in a sub-folder, the sub-folders at the top are the classes. If all of these
    are splits (train, Testing, val and the like: see `xaibrain.splits`), the classes are the folders in
    them, "train/CLASS/…", and ids tell the split. Where pictures lie beside the sub-folders of classes,
    the folder is flat: no labels, no classes. A sub-folder `masks` in which pictures
    stand at the paths of others holds their masks and is left out. A picture that cannot be read is an
    `InputError` when it is asked for; the others can be.

    Args:
        path: The folder; searched to the bottom.
        labels: Whether to take labels from sub-folders where it can be done; off for none.

    Raises:
        DatasetError: There is no such folder, or no picture in it.
    """

    default_model: str | None = None

    def __init__(self, path: str, labels: bool = True) -> None:
        self.path = path
        self.labels = labels
        folder = Path(path).expanduser()
        if not folder.is_dir():
            raise DatasetError(f"{path}: no such folder; check the path.")
        try:
            self.found = _without_masks(find_images([folder]))
        except InputError as error:
            raise DatasetError(str(error)) from error
        self.folder = folder
        self.ids = tuple(id for _, id in self.found)
        self._labels = _labels(self.ids) if labels else ()
        self.class_names: tuple[str, ...] = tuple(sorted(set(self._labels)))

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.found)

    def __getitem__(self, index: int) -> Image:
        """Read one picture; its label is the name of its class' folder."""
        path, id = self.found[index]
        return read_image(path, id=id, label=self._labels[index] if self._labels else None)

    def __iter__(self) -> Iterator[Image]:
        """Read the pictures in order."""
        return (self[index] for index in range(len(self)))


def _without_masks(found: Sequence[Found]) -> tuple[Found, ...]:
    pictures = tuple(picture for picture in found if not picture.id.startswith(_MASKS))
    stems = {PurePosixPath(picture.id).with_suffix("") for picture in pictures}
    masks = (
        PurePosixPath(picture.id.removeprefix(_MASKS)) for picture in found if picture.id.startswith(_MASKS)
    )
    return pictures if any(mask.with_suffix("") in stems for mask in masks) else tuple(found)


def _labels(ids: tuple[str, ...]) -> tuple[str, ...]:
    depth = 1 if all(map(split_of, ids)) else 0
    folders = [PurePosixPath(id).parts[:-1] for id in ids]
    return tuple(path[depth] for path in folders) if all(len(path) > depth for path in folders) else ()

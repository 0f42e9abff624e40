"""The dataset `folder`: the pictures that lie in a folder of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from xaibrain import Image, read_image
from xaibrain.errors import DatasetError, InputError
from xaibrain.reading import find_images
from xaibrain.splits import split_of


class Folder:
    """The pictures of a folder, in the plain string order of their relative paths, which are their ids.

    Where every picture lies in a sub-folder, the sub-folders at the top are the classes. If all of these
    are splits (train, Testing, val and the like: see `xaibrain.splits`), the classes are the folders in
    them, "train/CLASS/…", and ids tell the split. Where pictures lie beside the sub-folders of classes,
    the folder is flat: no labels, no classes. A picture that cannot be read is an `InputError` when it is
    asked for; the others can be.

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
            self.found = tuple(find_images([folder]))
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


def _labels(ids: tuple[str, ...]) -> tuple[str, ...]:
    depth = 1 if all(map(split_of, ids)) else 0
    folders = [PurePosixPath(id).parts[:-1] for id in ids]
    return tuple(path[depth] for path in folders) if all(len(path) > depth for path in folders) else ()

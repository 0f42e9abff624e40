"""The dataset `folder`: the pictures that lie in a folder of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xaibrain import Image, read_image
from xaibrain.errors import DatasetError, InputError
from xaibrain.reading import find_images


class Folder:
    """The pictures of a folder, in the plain string order of their relative paths, which are their ids.

    Where every picture lies in a sub-folder, the sub-folders at the top are the classes. Where some
    lie at the top, the folder is flat: no labels, no classes. A picture that cannot be read is an
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
            self.found = tuple(find_images([folder]))
        except InputError as error:
            raise DatasetError(str(error)) from error
        self.ids = tuple(id for _, id in self.found)
        self._labels = _labels(self.ids) if labels else ()
        self.class_names: tuple[str, ...] = tuple(sorted(set(self._labels)))

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.found)

    def __getitem__(self, index: int) -> Image:
        """Read one picture; its label is the name of its sub-folder."""
        path, id = self.found[index]
        return read_image(path, id=id, label=self._labels[index] if self._labels else None)

    def __iter__(self) -> Iterator[Image]:
        """Read the pictures in order."""
        return (self[index] for index in range(len(self)))


def _labels(ids: tuple[str, ...]) -> tuple[str, ...]:
    tops = [id.partition("/") for id in ids]
    return tuple(top for top, _, _ in tops) if all(below for _, _, below in tops) else ()

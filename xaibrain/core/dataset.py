"""What a dataset must answer, and what plants lesions; nothing needs to be inherited."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from xaibrain.core.records import Image


@runtime_checkable
class Dataset(Protocol):
    """Labelled pictures, read when they are asked for.

    Attributes:
        class_names: The classes, in the order of a model's outputs.
        default_model: The model that `xaibrain explain -d` uses when none is named; None for the
            command's own default.

    A dataset may tell more in attributes that need not be there:

    - `ids: Sequence[str]`, the id of each picture, in order, where they are known without reading any: a
      picture that cannot be read is then told by its id, and boxes and masks are matched when it is loaded.
    - `groups: Sequence[str]`, the group of each picture, in order, where it is known which belong together
      (one patient, one scan): splits keep a group on one side, and intervals are taken over groups.
    - `folder: Path`, the folder that the ids are paths in: a `boxes.csv` or a folder `masks` in it is used.
    """

    class_names: tuple[str, ...]
    default_model: str | None

    def __len__(self) -> int:
        """Return the number of pictures."""
        ...

    def __getitem__(self, index: int) -> Image:
        """Read one picture; raises `IndexError` past the end and `InputError` for a damaged one."""
        ...

    def __iter__(self) -> Iterator[Image]:
        """Read the pictures in order."""
        ...


@runtime_checkable
class Planter(Protocol):
    """What can put a lesion where none was: pictures whose evidence is known.

    Attributes:
        lesions: The classes of which it can plant one.
    """

    lesions: tuple[str, ...]

    def plant(
        self,
        image: Image,
        label: str,
        seed: int,
        *,
        radius: float | None = None,
        place: tuple[float, float] | None = None,
    ) -> Image:
        """Return the picture with one lesion blended in; the same for the same pixels, label and seed.

        Args:
            image: A slice, with or without a lesion of its own; it stays as it is.
            label: The class of the lesion.
            seed: What all that is drawn depends on, 0 or more.
            radius: Mean radius of the lesion, as a share of the head's width; drawn if none.
            place: Its centre (row, column), as shares of the picture's height and width; if none, drawn
                where such a lesion grows.

        Returns:
            A picture of the same size, dtype and channels, unchanged away from the lesion. `mask` is True on
            the planted tumour alone, `label` is its class, and `id` ends in `+LABEL-SEED`.

        Raises:
            InputError: The picture shows no head, or no room for the lesion.
            UsageError: There is no lesion of this label, or an option is out of range.
        """
        ...

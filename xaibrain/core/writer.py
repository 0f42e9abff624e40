"""What a writer of maps must answer; nothing needs to be inherited."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from xaibrain.core.records import Explanation


@runtime_checkable
class Writer(Protocol):
    """Puts maps into files of a format.

    Typed constructor parameters (a dataclass is the easiest) become settings: `-s writer.KEY=VALUE`. One
    that is named `deidentify` is set by `--deidentify`, and asks that no name, date or UID be copied.

    It may have a second method, `finish(folder)`, which is called once when all maps are written; and an
    attribute `parallel`: if true, threads may call `write` at the same time, each with other maps.

    Attributes:
        volumes: Whether it wants the slices of a volume together. If not, each map is written alone.
    """

    @property
    def volumes(self) -> bool:
        """Whether it wants the slices of a volume together."""
        ...

    def write(self, explanations: Sequence[Explanation], folder: Path, stem: str) -> Sequence[Path]:
        """Write maps.

        Args:
            explanations: One; or, for a writer of volumes, those of all slices of a volume that were
                explained by the same method for the same class, in the order of the slices.
            folder: Where to; it exists, and is this writer's own.
            stem: What to call the files, without suffix; no other maps of the run have the same.

        Returns:
            The files that were written.

        Raises:
            InputError: The format cannot hold these maps: one line, which stands in the record. The maps
                are kept in other formats all the same.
        """
        ...

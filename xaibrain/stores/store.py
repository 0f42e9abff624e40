"""What a store must do."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any, Protocol

from xaibrain.types import Heatmap

Record = dict[str, Any]


class Store(Protocol):
    """Keeps the records of a run in its folder; never more than a part of them is in memory.

    Attributes:
        holds_maps: Whether raw maps go into it; if not, a writer puts each into a file of its own.
    """

    holds_maps: bool

    def found(self) -> Iterator[Record]:
        """Yield the records that an interrupted run left; what was cut short or is damaged is left out."""
        ...

    def begin(self, pictures: Container[str]) -> None:
        """Keep of what was found the records of these pictures, and no others; more can be added then."""
        ...

    def add(self, records: Sequence[Record], heatmaps: Sequence[Heatmap | None]) -> None:
        """Add the records of one picture, together.

        Args:
            records: Where maps are held, `heatmap` and `row` are filled in.
            heatmaps: The raw map that goes with each; None for a failure.
        """
        ...

    def close(self) -> None:
        """Put on the disk what is still in memory."""
        ...

    def finish(self, order: Mapping[str, int]) -> None:
        """Keep for good the records of these pictures, by their place."""
        ...

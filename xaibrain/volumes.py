"""Maps of slices become maps of volumes, and slices are ranked by what speaks for the class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from xaibrain.core.place import Grid, Place
from xaibrain.core.records import Explanation, Failure
from xaibrain.errors import InputError


@dataclass(frozen=True, eq=False)
class Volume:
    """The maps of the slices of one volume, by one method for one class.

    Attributes:
        slices: At least one explanation, in the order of the slices. Where the target is `predicted`, they
            are those slices in which this class was predicted.
    """

    slices: tuple[Explanation, ...]

    @property
    def name(self) -> str:
        """The name of the volume."""
        return place_of(self.slices[0]).volume

    @property
    def explainer(self) -> str:
        """The method."""
        return self.slices[0].provenance.explainer

    @property
    def target(self) -> str:
        """The class."""
        return self.slices[0].target

    @cached_property
    def evidence(self) -> tuple[float, ...]:
        """How much speaks for the class in each slice, in the order of `slices`; see `evidence_of`."""
        return tuple(map(evidence_of, self.slices))

    @property
    def ranked(self) -> tuple[int, ...]:
        """Positions in `slices`, that with the most evidence first; equal ones in their order."""
        return tuple(sorted(range(len(self.slices)), key=lambda at: -self.evidence[at]))

    @property
    def grid(self) -> Grid:
        """The voxels that all the slices are of.

        Raises:
            InputError: They are not evenly spaced, so that no one grid holds them.
        """
        grids = {place_of(one).grid for one in self.slices}
        if len(grids) > 1:
            raise InputError(f"{self.name}: its slices are not evenly spaced; no one grid holds their maps.")
        return grids.pop()

    def heatmap(self) -> NDArray[np.float32]:
        """Return the map of the volume, in the voxels and axes of its file.

        Returns:
            (i, j, k) float32, signed and raw; 0 in slices that were not explained or whose map is not
            finite, and where the model did not look.

        Raises:
            InputError: The slices are not evenly spaced.
        """
        voxels = np.zeros(self.grid.shape, np.float32)
        for one in self.slices:
            if one.status != "non-finite":
                place_of(one).put(one.on_source(), voxels)
        return voxels


def place_of(explanation: Explanation) -> Place:
    """Return where a picture lies.

    Raises:
        InputError: That is not known.
    """
    place = explanation.image.place
    if place is None:
        raise InputError(f"{explanation.image.id}: its file does not say where it lies in a patient.")
    return place


def evidence_of(explanation: Explanation) -> float:
    """Return how much speaks for the class: the mean of the map's positive part over the whole picture.

    It is in the raw units of the method, so that slices compare for one method, class and model, and with
    nothing else. It is 0 where the map cannot be read.
    """
    if explanation.status != "ok":
        return 0.0
    return float(np.maximum(explanation.on_source(), 0).mean())


class Gathering:
    """Takes what became of pictures, in order, and returns volumes when they are complete.

    No more than one volume is held in memory.
    """

    def __init__(self) -> None:
        self._name = ""
        self._maps: dict[tuple[str, str], list[Explanation]] = {}

    def take(self, outcomes: Iterable[Explanation | Failure]) -> list[Volume]:
        """Take all that became of one picture; return the volume before it, if that ends here."""
        good = [outcome for outcome in outcomes if isinstance(outcome, Explanation)]
        name = next((one.image.place.volume for one in good if one.image.place), "")
        ended = self.end() if good and name != self._name else []
        self._name = name if good else self._name
        for one in good if name else ():
            self._maps.setdefault((one.provenance.explainer, one.target), []).append(one)
        return ended

    def end(self) -> list[Volume]:
        """Return the last volume: its maps by each method for each class."""
        maps, self._maps, self._name = self._maps, {}, ""
        return [Volume(tuple(slices)) for slices in maps.values()]


def assemble(explanations: Iterable[Explanation | Failure]) -> Iterator[Volume]:
    """Put the maps of slices together, volume by volume, as they come.

    Args:
        explanations: What `xaibrain.explain` yields. Failures, and pictures of no volume, are passed over.

    Yields:
        A `Volume` for each method and class, when the last slice of a volume has come. One volume is in
        memory at a time.
    """
    gathering = Gathering()
    for one in explanations:
        yield from gathering.take([one])
    yield from gathering.end()

"""Which of the evaluated pictures a checkpoint has seen in training, as they are or as copies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xaibrain.audit.glance import Progress, glances
from xaibrain.audit.leaks import copies
from xaibrain.audit.twins import find_twins
from xaibrain.evaluation.choice import held_out_ids
from xaibrain.inputs import Item


@dataclass(frozen=True, order=True)
class Copy:
    """A copy, among the pictures that were trained on, of one that is evaluated.

    Attributes:
        identical: Whether the two files are equal to the byte.
        likeness: Of the two, 0 to 1 (see `xaibrain audit`).
        id: The evaluated picture's.
        twin: The most alike picture that was trained on.
    """

    identical: bool
    likeness: float
    id: str
    twin: str


@dataclass(frozen=True)
class Exposure:
    """What a checkpoint has seen of the pictures that it is evaluated on.

    Attributes:
        trained: How many pictures it was trained on, as far as the card says.
        compared: How many of them are in the dataset, and so could be compared.
        trained_on: Ids of evaluated pictures that were trained on.
        copies: The most alike copy of each other picture that has one.
    """

    trained: int
    compared: int
    trained_on: tuple[str, ...]
    copies: tuple[Copy, ...]

    @property
    def ids(self) -> frozenset[str]:
        """Evaluated pictures that were trained on, as they are or as a copy."""
        return frozenset([*self.trained_on, *(copy.id for copy in self.copies)])

    def warning(self, pictures: int) -> str:
        """Return one line that says how many of so many pictures were seen; empty for none."""
        if not self.ids:
            return ""
        identical = sum(copy.identical for copy in self.copies)
        counts = (
            (len(self.trained_on), "trained on"),
            (identical, "equal to the byte to one that was"),
            (len(self.copies) - identical, "near-duplicate of one that was"),
        )
        told = ", ".join(f"{count} {what}" for count, what in counts if count)
        return (
            f"{len(self.ids)} of the {pictures} pictures were seen in training ({told}): "
            "the scores measure memory too."
        )


def find_exposure(
    items: Sequence[Item],
    ids: Sequence[str],
    evaluated: Sequence[int],
    card: Mapping[str, Any],
    progress: Progress,
) -> Exposure:
    """Look for evaluated pictures among those that were trained on: all that were not held out.

    Args:
        items: All pictures of the dataset that the checkpoint was trained on.
        ids: Theirs.
        evaluated: Positions of those that are scored.
        card: The checkpoint's.
        progress: Told how far the work is.

    Raises:
        PluginError: ImageHash is not installed.
    """
    held_out = held_out_ids(card)
    trained = [place for place, id in enumerate(ids) if id not in held_out]
    fresh = [place for place in evaluated if ids[place] in held_out]
    return Exposure(
        max(len(trained), card["split"].get("pictures", 0) - len(held_out)),
        len(trained),
        tuple(ids[place] for place in evaluated if ids[place] not in held_out),
        _copies(items, ids, fresh, trained, progress) if fresh and trained else (),
    )


def _copies(
    items: Sequence[Item],
    ids: Sequence[str],
    fresh: Sequence[int],
    trained: Sequence[int],
    progress: Progress,
) -> tuple[Copy, ...]:
    """Return the most alike copy of each picture that has one."""
    places = [*fresh, *trained]
    seen, _ = glances([items[place] for place in places], progress)
    best: dict[int, Copy] = {}
    for first, second, likeness in copies(find_twins(seen, progress)) if seen else ():
        own, twin = sorted((seen[first], seen[second]), key=lambda glance: glance.index)
        if own.index < len(fresh) <= twin.index:
            same = own.sha256 == twin.sha256
            found = Copy(same, likeness, ids[places[own.index]], ids[places[twin.index]])
            best[own.index] = max(best.get(own.index, found), found)
    return tuple(best[index] for index in sorted(best))

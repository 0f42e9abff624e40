"""Copies that lie in two splits, or carry two labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xaibrain.audit.glance import Glance
from xaibrain.audit.twins import Pair, Twins


@dataclass(frozen=True)
class Leak:
    """A picture that stands in another split too.

    Attributes:
        position: The picture, of the smaller split.
        split: Its split.
        other_split: The larger split, in which its twin is.
        twin: Its most alike twin there.
        likeness: Of the two, 0 to 1; 1 for files that are equal to the byte.
    """

    position: int
    split: str
    other_split: str
    twin: int
    likeness: float


def find_leaks(seen: Sequence[Glance], twins: Twins) -> list[Leak]:
    """List the pictures with a twin in a larger split: one leak a picture and larger split, in order.

    Twins are taken pair by pair, not by group, so that no group that was split hides one.
    """
    sizes: dict[str, int] = {}
    for glance in seen:
        if glance.split is not None:
            sizes[glance.split] = sizes.get(glance.split, 0) + 1
    best: dict[tuple[int, str], Leak] = {}
    for first, second, likeness in copies(twins):
        a, b = seen[first].split, seen[second].split
        if a is None or b is None or a == b:
            continue
        # Of two splits of one size, the name decides: the order of the pictures must not.
        small, large = (first, second) if (sizes[a], a) < (sizes[b], b) else (second, first)
        leak = Leak(small, str(seen[small].split), str(seen[large].split), large, likeness)
        held = best.get((small, leak.other_split))
        if held is None or likeness > held.likeness:
            best[small, leak.other_split] = leak
    return [best[key] for key in sorted(best)]


def find_conflicts(seen: Sequence[Glance], twins: Twins) -> list[list[int]]:
    """List the groups of twins whose pictures carry more than one label."""

    def labels(group: Sequence[int]) -> set[str]:
        return {label for position in group if (label := seen[position].label) is not None}

    return [group for group in twins.groups if len(labels(group)) > 1]


def conflicting_pairs(seen: Sequence[Glance], twins: Twins) -> list[Pair]:
    """List the pairs of copies with two labels, equal files included, the most alike first."""
    pairs = []
    for first, second, likeness in copies(twins):
        one, other = seen[first], seen[second]
        if one.label is not None and other.label is not None and one.label != other.label:
            bits = (one.hash ^ other.hash).bit_count()
            pairs.append(Pair(min(first, second), max(first, second), bits, likeness))
    return sorted(pairs, key=lambda pair: (-pair.likeness, pair.first, pair.second))


def copies(twins: Twins) -> Iterator[tuple[int, int, float]]:
    """Yield every pair of copies; what is a twin of one of several equal files is a twin of each."""
    equal = {group[0]: group for group in twins.identical}
    for group in twins.identical:
        yield from ((one, other, 1.0) for i, one in enumerate(group) for other in group[i + 1 :])
    for pair in twins.pairs:
        for one in equal.get(pair.first, [pair.first]):
            for other in equal.get(pair.second, [pair.second]):
                yield one, other, pair.likeness

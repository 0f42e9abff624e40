"""Which pictures are copies of one another: pairs, and groups that do not chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from xaibrain.audit.aligning import Aligner, Alignment
from xaibrain.audit.glance import Glance, Progress
from xaibrain.audit.hashing import NEAR_BITS, distance_histogram, near_pairs
from xaibrain.audit.turns import TurnSearch

ALIKE = 0.965
"""Least likeness of twins. In the brain-MRI dataset every pair above 0.970 that was looked at
is a copy to the eye, those below 0.959 are neighbouring slices of one head, and no pair lies between."""

_LARGEST = 48


@dataclass(frozen=True)
class Pair:
    """Two pictures that were laid on each other.

    Attributes:
        first: Position of the one among all glances.
        second: Position of the other; greater.
        bits: Hamming distance of their perceptual hashes, 0 to 64.
        likeness: Correlation of their fine structure once aligned, −1 to 1.
        turn: Degrees between them, −180 to 180.
        mirrored: Whether one is the mirror image of the other.
    """

    first: int
    second: int
    bits: int
    likeness: float
    turn: float = 0.0
    mirrored: bool = False

    @property
    def is_turned(self) -> bool:
        """Whether one picture is mirrored or turned by more than 2° against the other."""
        return self.mirrored or abs(self.turn) > 2


@dataclass(frozen=True)
class Twins:
    """What the search for copies found.

    Attributes:
        identical: Groups of positions whose files are equal to the byte; two or more each.
        compared: Every pair that was aligned, copies or not. Of files that are equal to the byte only
            the first takes part.
        pairs: Those of them that are twins, the most alike first.
        groups: Groups of positions, two or more each, equal files included.
        distances: (65,) how many pairs of different files lie 0 … 64 bits apart.
        bits: Pairs up to this hash distance were aligned, whatever else spoke for them.
        alike: Least likeness of twins.
    """

    identical: list[list[int]]
    compared: list[Pair]
    pairs: list[Pair]
    groups: list[list[int]]
    distances: list[int]
    bits: int
    alike: float


def find_twins(
    seen: Sequence[Glance], progress: Progress, bits: int = NEAR_BITS, alike: float = ALIKE
) -> Twins:
    """Find copies: re-encoded, resized, brightened, turned, mirrored, framed or slightly cropped.

    Turned means any turn to within about 15°, and those about a quarter or half turn, mirrored or not;
    a larger turn is found where the frame cut nothing off. A crop of more than about 5 % at each side
    is missed more often than not.

    Candidates are pairs with near perceptual hashes, and pairs whose polar forms correlate at some turn.
    Each candidate is aligned, and is a twin if its fine structure is alike. So the threshold that
    counts is one on aligned pictures, where copies and neighbouring slices lie apart; the hash alone
    takes many a neighbour for a twin and misses what was turned.

    Groups cannot chain: those that twins connect are split by average linkage, so that the pictures
    of a group are, on average over its pairs, as alike as twins.

    Args:
        seen: The pictures.
        progress: Told how far the work is.
        bits: Largest hash distance of a candidate.
        alike: Least likeness of twins.
    """
    identical = identical_groups([glance.sha256 for glance in seen])
    copies = {position for group in identical for position in group[1:]}
    kept = [position for position in range(len(seen)) if position not in copies]
    comparison = _Comparison([seen[position] for position in kept])
    compared = comparison.candidates(bits, progress)
    pairs = sorted((pair for pair in compared if pair.likeness >= alike), key=lambda pair: -pair.likeness)
    groups = comparison.groups(pairs, alike)
    followers = {group[0]: group for group in identical}
    whole = [[*sorted(p for i in group for p in followers.get(kept[i], [kept[i]]))] for group in groups]
    grouped = {position for group in whole for position in group}
    whole += [group for group in identical if group[0] not in grouped]
    return Twins(
        identical,
        [_moved(pair, kept) for pair in compared],
        [_moved(pair, kept) for pair in pairs],
        sorted(whole),
        distance_histogram(comparison.hashes).tolist(),
        bits,
        alike,
    )


def identical_groups(digests: Sequence[str]) -> list[list[int]]:
    """Return the groups of two or more positions with equal digests, in order."""
    holders: dict[str, list[int]] = {}
    for position, digest in enumerate(digests):
        holders.setdefault(digest, []).append(position)
    return [group for group in holders.values() if len(group) > 1]


class _Comparison:
    """Compares pictures of different files, pair by pair."""

    def __init__(self, seen: Sequence[Glance]) -> None:
        self.hashes = [glance.hash for glance in seen]
        self.thumbs = np.stack([glance.thumb for glance in seen])
        self.search = TurnSearch(self.thumbs)
        self.aligner = Aligner(self.thumbs)

    def candidates(self, bits: int, progress: Progress) -> list[Pair]:
        progress("comparing", 0, len(self.thumbs))
        places = np.unique(np.concatenate([near_pairs(self.hashes, bits), self.search.pairs()]), axis=0)
        return self._aligned(places, progress)

    def _aligned(self, places: NDArray[np.int64], progress: Progress) -> list[Pair]:
        found = []
        for done, ((first, second), warp) in enumerate(zip(places, self.search.warps(places), strict=True)):
            found.append(self._pair(int(first), int(second), self.aligner.align(first, second, warp)))
            progress("aligning", done + 1, len(places))
        return found

    def _pair(self, first: int, second: int, alignment: Alignment) -> Pair:
        bits = (self.hashes[first] ^ self.hashes[second]).bit_count()
        return Pair(first, second, bits, alignment.likeness, alignment.turn, alignment.mirrored)

    def groups(self, pairs: Sequence[Pair], alike: float) -> list[list[int]]:
        """Split what twins connect by average linkage; a missing pair is aligned, or is 0 alike."""
        from scipy.cluster.hierarchy import fcluster, linkage
        from scipy.spatial.distance import squareform

        groups = []
        for members in _connected(pairs, len(self.thumbs)):
            apart = squareform(1 - self._likeness(members, pairs), checks=False)
            numbers = fcluster(linkage(apart, "average"), 1 - alike, "distance")
            split = [[m for m, n in zip(members, numbers, strict=True) if n == k] for k in np.unique(numbers)]
            groups += [group for group in split if len(group) > 1]
        return groups

    def _likeness(self, members: list[int], pairs: Sequence[Pair]) -> NDArray[np.float64]:
        place = {member: index for index, member in enumerate(members)}
        known = {(pair.first, pair.second): pair for pair in pairs if pair.first in place}
        missing = [two for two in combinations(members, 2) if two not in known]
        # Of a very large tangle all pairs would take too long; it is split into what was found.
        if missing and len(members) <= _LARGEST:
            more = self._aligned(np.array(missing, np.int64), lambda what, done, total: None)
            known.update({(pair.first, pair.second): pair for pair in more})
        table = np.eye(len(members))
        for (first, second), pair in known.items():
            table[place[first], place[second]] = table[place[second], place[first]] = max(0.0, pair.likeness)
        return table


def _connected(pairs: Sequence[Pair], count: int) -> list[list[int]]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ends = np.array([(pair.first, pair.second) for pair in pairs], np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), (count, count))
    numbers = connected_components(graph, directed=False)[1]
    order = np.argsort(numbers, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)
    return [part.tolist() for part in parts if len(part) > 1]


def _moved(pair: Pair, places: Sequence[int]) -> Pair:
    return Pair(places[pair.first], places[pair.second], pair.bits, pair.likeness, pair.turn, pair.mirrored)

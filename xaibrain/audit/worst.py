"""The pairs that a person should look at first."""

from __future__ import annotations

from collections.abc import Sequence

from xaibrain.audit.examine import Audit
from xaibrain.audit.leaks import conflicting_pairs
from xaibrain.audit.twins import Pair

EACH = 8
"""At most so many pairs under a title."""


def worst_pairs(audit: Audit) -> dict[str, list[Pair]]:
    """Return pairs by title: leaks, two labels, turned, the least alike twins, the most alike others.

    The last two show on which side of the threshold the doubtful ones fell.
    """
    twins = audit.twins
    refused = sorted(
        (pair for pair in twins.compared if 0 < pair.likeness < twins.alike), key=lambda pair: -pair.likeness
    )
    turned = [pair for pair in twins.pairs if pair.is_turned]
    leaks = [Pair(leak.position, leak.twin, _bits(audit, leak.position, leak.twin), leak.likeness)
             for leak in audit.leaks]  # fmt: skip
    titled = {
        "Across splits": _spread(leaks),
        "Twins with two labels": _fresh(conflicting_pairs(audit.seen, twins)),
        "Twins turned or mirrored": _fresh(turned),
        f"The least alike that are called twins (≥ {twins.alike:g})": _fresh(twins.pairs[::-1]),
        "The most alike that are not": _fresh(refused),
    }
    return {title: pairs for title, pairs in titled.items() if pairs}


def _bits(audit: Audit, first: int, second: int) -> int:
    return (audit.seen[first].hash ^ audit.seen[second].hash).bit_count()


def _fresh(pairs: Sequence[Pair]) -> list[Pair]:
    """Take the first pairs that show no picture twice: copies of one slice pair up in many ways."""
    shown: set[int] = set()
    kept: list[Pair] = []
    for pair in pairs:
        if len(kept) < EACH and not shown & {pair.first, pair.second}:
            kept.append(pair)
            shown |= {pair.first, pair.second}
    return kept


def _spread(pairs: Sequence[Pair]) -> list[Pair]:
    count = min(EACH, len(pairs))
    return [pairs[index * len(pairs) // count] for index in range(count)]

"""The pairs that a person should look at first."""

from __future__ import annotations

from collections.abc import Sequence

from xaibrain.audit.examine import Audit
from xaibrain.audit.leaks import crossing
from xaibrain.audit.report import is_turned
from xaibrain.audit.twins import Pair

EACH = 8
"""At most so many pairs under a title."""


def worst_pairs(audit: Audit) -> dict[str, list[Pair]]:
    """Return pairs by title: leaks, two labels, turned, the least alike twins, the most alike others.

    The last two show on which side of the threshold the doubtful ones fell.
    """
    twins = audit.twins
    refused = sorted(
        (pair for pair in twins.compared if pair.likeness < twins.alike), key=lambda pair: -pair.likeness
    )
    turned = [pair for pair in twins.pairs if is_turned(pair)]
    leaks = [Pair(leak.position, leak.twin, _bits(audit, leak.position, leak.twin), leak.likeness)
             for leak in audit.leaks]  # fmt: skip
    titled = {
        "Across splits": _spread(leaks),
        "Twins with two labels": _spread(crossing(audit.seen, twins.pairs, lambda glance: glance.label)),
        "Twins turned or mirrored": _spread(turned),
        f"The least alike that are called twins (≥ {twins.alike:g})": twins.pairs[-EACH:],
        "The most alike that are not": refused[:EACH],
    }
    return {title: list(pairs) for title, pairs in titled.items() if pairs}


def _bits(audit: Audit, first: int, second: int) -> int:
    return (audit.seen[first].hash ^ audit.seen[second].hash).bit_count()


def _spread(pairs: Sequence[Pair]) -> list[Pair]:
    count = min(EACH, len(pairs))
    return [pairs[index * len(pairs) // count] for index in range(count)]

"""Where a metric has no value, and the words for why."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from xaibrain import Explanation, Score


class Undefined(Exception):  # noqa: N818
    """A map cannot be judged; the text is the reason."""


def scores_of(judge: Callable[..., float], *cases: Iterable[Any]) -> list[Score]:
    """Judge case after case; where that raises `Undefined`, the score has no value.

    Args:
        judge: Returns the value for one case.
        cases: Its arguments, for all cases; all of the same length.
    """
    return [_score_of(judge, case) for case in zip(*cases, strict=True)]


def _score_of(judge: Callable[..., float], case: tuple[Any, ...]) -> Score:
    try:
        return Score(float(judge(*case)))
    except Undefined as undefined:
        return Score(None, str(undefined))


def refuse_unreadable(explanation: Explanation) -> None:
    """Refuse a map whose picture would be blank or mean nothing."""
    if explanation.status != "ok":
        raise Undefined(f"the map is {explanation.status}")


def refuse_nothing_to_rank(explanation: Explanation) -> None:
    """Refuse a map that puts no pixel before another; a negative one does."""
    if explanation.status not in ("ok", "all-negative"):
        raise Undefined(f"the map is {explanation.status}")

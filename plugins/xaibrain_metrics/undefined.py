"""Where a metric has no value, and the words for why."""

from __future__ import annotations

from collections.abc import Callable

from xaibrain import Explanation, Score, Trial


class Undefined(Exception):  # noqa: N818
    """A map cannot be judged; the text is the reason."""


def scores_of(trial: Trial, judge: Callable[[Explanation], float]) -> list[Score]:
    """Judge the maps one by one; where that raises `Undefined`, the score has no value."""
    return [score_of(lambda one=one: judge(one)) for one in trial.explanations]  # type: ignore[misc]


def score_of(value: Callable[[], float]) -> Score:
    """Return a value as a score, or the reason why it is undefined."""
    try:
        return Score(float(value()))
    except Undefined as undefined:
        return Score(None, str(undefined))


def refuse_unreadable(explanation: Explanation) -> None:
    """Refuse a map whose picture would be blank or mean nothing."""
    if explanation.status != "ok":
        raise Undefined(f"the map is {explanation.status}")

"""Pictures in, what every metric says of every method's map of them out; one batch in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from xaibrain.core.metric import Trial
from xaibrain.core.records import Explanation, Failure, Image, Score
from xaibrain.errors import told
from xaibrain.inputs import Item, items_of
from xaibrain.judging.plan import Plan, Row
from xaibrain.judging.score import checked_scores
from xaibrain.pipeline import Outcome

FAILED = "failed"
"""The reason of a score that is missing because a method or a metric raised."""

Said = Callable[[str, int, int], None]
"""Takes what is being done, and how much of how much is done."""


@dataclass(frozen=True)
class Judged:
    """What became of one picture.

    Attributes:
        id: The picture's.
        digest: Of the picture, its mask and its group: scores of another one do not stand for it. Empty if
            it could not be read.
        label: Its true class, where known.
        group: What it belongs to; pictures of one group are no independent evidence.
        target: What the maps explain; empty if it never came to that.
        predicted: The class with the highest score.
        scores: Row to metric to score.
        errors: One line each, for a person.
    """

    id: str
    digest: str = ""
    label: str | None = None
    group: str = ""
    target: str = ""
    predicted: str = ""
    scores: Mapping[str, Mapping[str, Score]] = field(default_factory=dict)
    errors: Sequence[str] = ()


def judged_pictures(
    plan: Plan,
    items: Sequence[Item],
    groups: Sequence[str] | None,
    batch_size: int,
    before: Callable[[str, str], Judged | None],
    said: Said,
) -> Iterator[list[Judged]]:
    """Yield what became of the pictures, in order, batch by batch.

    Args:
        plan: Methods and metrics.
        items: The pictures.
        groups: What each belongs to; left out, equal files belong together.
        batch_size: How many are explained and judged together.
        before: Returns for an id and a digest what was found before; such pictures are not judged again.
        said: Is told how far it is.
    """
    for start in range(0, len(items), batch_size):
        chunk = range(start, min(start + batch_size, len(items)))
        said("reading", start, len(items))
        read = [_read(items[index], groups[index] if groups else "", before) for index in chunk]
        fresh = [one for one in read if isinstance(one, _Picture)]
        judged = iter(_Batch(plan, fresh).judged(said, start, len(items)) if fresh else ())
        yield [one if isinstance(one, Judged) else next(judged) for one in read]


@dataclass(frozen=True)
class _Picture:
    image: Image
    group: str
    digest: str


def _read(item: Item, group: str, before: Callable[[str, str], Judged | None]) -> _Picture | Judged:
    try:
        image = item.read()
    # A dataset plugin may raise anything; one bad picture must not end the run.
    except Exception as error:
        return Judged(item.id, errors=[told(error)])
    group = group or image.sha256[:16]
    digest = hashlib.sha256(f"{image.sha256} {image.label} {group}".encode())
    if image.mask is not None:
        digest.update(f"{image.mask_kind}{image.mask.shape}".encode())
        digest.update(np.packbits(image.mask).tobytes())
    return before(image.id, digest.hexdigest()) or _Picture(image, group, digest.hexdigest())


class _Batch:
    """Pictures that are explained and judged together."""

    def __init__(self, plan: Plan, pictures: Sequence[_Picture]) -> None:
        self._plan = plan
        self._pictures = pictures
        self._scores: list[dict[str, dict[str, Score]]] = [{} for _ in pictures]
        self._errors: list[list[str]] = [[] for _ in pictures]

    def judged(self, said: Said, done: int, total: int) -> list[Judged]:
        """Explain the pictures, judge the maps, and sort by picture what came of it."""
        count = len(self._pictures)
        said("explaining", done, total)
        items = items_of([picture.image for picture in self._pictures])
        outcomes = list(self._plan.pipeline.run(items, count))
        for number, row in enumerate(self._plan.rows):
            said(f"judging {row.name}", done + number * count // len(self._plan.rows), total)
            self._judge(row, outcomes)
        for errors, outcome in zip(self._errors, outcomes, strict=True):
            errors.extend(one.error for one in outcome if isinstance(one, Failure))
        return [self._result(index, outcome) for index, outcome in enumerate(outcomes)]

    def _judge(self, row: Row, outcomes: Sequence[Sequence[Outcome]]) -> None:
        maps = {index: made for index, outcome in enumerate(outcomes) if (made := _made_by(row, outcome))}
        for index in range(len(outcomes)):
            self._scores[index][row.name] = {name: Score(None, FAILED) for name in self._plan.metrics}
        for name in self._plan.metrics:
            for index, found in zip(maps, self._asked(row, name, list(maps.values())), strict=True):
                if isinstance(found, Score):
                    self._scores[index][row.name][name] = found
                else:
                    self._errors[index].append(f"{self._pictures[index].image.id}: {row.name}: {found}")

    def _asked(self, row: Row, name: str, maps: Sequence[Explanation]) -> list[Score | str]:
        """Ask a metric about maps; if it fails, map by map, so that only the bad one is lost."""
        if not maps:
            return []
        metric = self._plan.metrics[name]
        try:
            return [*checked_scores(name, metric, Trial(maps, self._plan.model, row.method))]
        except Exception as error:
            if len(maps) == 1:
                return [f"{name}: {told(error)}"]
            return [found for one in maps for found in self._asked(row, name, [one])]

    def _result(self, index: int, outcome: Sequence[Outcome]) -> Judged:
        picture = self._pictures[index]
        first = next((one for one in outcome if isinstance(one, Explanation)), None)
        return Judged(
            id=picture.image.id,
            digest=picture.digest,
            label=picture.image.label,
            group=picture.group,
            target=first.target if first else "",
            predicted=first.predicted if first else "",
            scores=self._scores[index],
            errors=self._errors[index],
        )


def _made_by(row: Row, outcome: Sequence[Outcome]) -> Explanation | None:
    made = (one for one in outcome if isinstance(one, Explanation))
    return next((one for one in made if one.provenance.explainer == row.name), None)

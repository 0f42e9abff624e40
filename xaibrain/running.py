"""All that a worker needs to explain pictures, wherever it is."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from xaibrain.batches import Asked, Read
from xaibrain.core.executor import Executor
from xaibrain.core.explainer import Explainer
from xaibrain.core.model import Model
from xaibrain.core.records import Failure, Kept, Lost
from xaibrain.inputs import Item
from xaibrain.judging.check import Check
from xaibrain.lingering import Lingering
from xaibrain.loading import load_model
from xaibrain.pipeline import Outcome, Pipeline


@dataclass(frozen=True)
class Recipe:
    """How to make the pipeline of a run, in this process or in another: it can be pickled.

    Attributes:
        model: A registered name, or a model file.
        options: Of the model, as `load_model` takes them.
        explainers: Name to explainer.
        target: As `Pipeline` takes it.
        check: Whether each map gets a verdict.
        loaded: The model, where this process has it already; it is not sent along.
    """

    model: str
    options: Mapping[str, Any]
    explainers: Mapping[str, Explainer]
    target: str
    check: bool = False
    loaded: Model | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return Recipe, (self.model, self.options, self.explainers, self.target, self.check)

    @cached_property
    def pipeline(self) -> Pipeline:
        """The pipeline, made when it is first asked for."""
        model = self.loaded or load_model(self.model, **self.options)
        return Pipeline(model, self.explainers, self.target)


class Bench:
    """Where pictures are explained: the `Work` that executors do.

    Args:
        recipe: What makes the pipeline.
        done: Id to digest of the pictures that need no explanation.
    """

    def __init__(self, recipe: Recipe, done: Mapping[str, str]) -> None:
        self._pipeline, self._done = recipe.pipeline, done
        self._check = Check(self._pipeline.model, recipe.explainers) if recipe.check else None

    def read(self, things: Sequence[Item]) -> Callable[[], Asked]:
        """Read and preprocess pictures, and ask for their scores; return what waits for these.

        A model that is `Feedable` computes them meanwhile: of these pictures, and while another thread makes
        maps of the last ones. Any other is asked when it comes to it.
        """
        with Lingering("give such pictures up with --executor processes --timeout SECONDS.") as lingering:

            def read(item: Item) -> Read:
                lingering.at(item.source)
                return self._pipeline.read(item, self._done)

            return self._pipeline.begin(map(read, things), len(things))

    def explain(self, read: Callable[[], Asked]) -> Sequence[Kept | list[Outcome]]:
        """Return for each picture all its explanations, or its failure."""
        found = self._pipeline.explain(read())
        if not self._check:
            return found
        return [one if isinstance(one, Kept) else self._check(one) for one in found]


def run(
    executor: Executor, recipe: Recipe, items: Sequence[Item], batch_size: int, done: Mapping[str, str]
) -> Generator[Kept | Sequence[Outcome], None, None]:
    """Yield for each picture, in order, all its explanations or its failure, wherever they were made.

    Args:
        executor: Decides where.
        recipe: What to do.
        items: The pictures.
        batch_size: How many are read, preprocessed and run through the model together.
        done: Id to digest of the pictures that are done already.
    """
    chunks = [items[start : start + batch_size] for start in range(0, len(items), batch_size)]
    results = executor.run(partial(Bench, recipe, done), chunks)
    for chunk, found in zip(chunks, results, strict=True):
        for item, one in zip(chunk, found, strict=True):
            yield [_lost(item, one)] if isinstance(one, Lost) else one


def _lost(item: Item, lost: Lost) -> Failure:
    told = f"{item.id}: {lost.reason}; look at this picture and its size, or leave it out"
    return Failure(item.id, item.source, told)

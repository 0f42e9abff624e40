"""What a metric must answer, and what it is given to judge."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Literal, Protocol, TypeVar, runtime_checkable

import numpy as np

from xaibrain.core.explainer import Explainer
from xaibrain.core.model import Model
from xaibrain.core.records import Explanation, Score
from xaibrain.core.targets import sides_of
from xaibrain.errors import UsageError, unknown_name
from xaibrain.types import Images, Targets

Need = Literal["mask", "model", "explainer"]
"""What a metric looks at beside the map: the lesion's mask, the model, the method (to explain again)."""

_Given = TypeVar("_Given")


class Trial:
    """Maps that one method made, and those who can be asked about them.

    Args:
        explanations: One a picture, all of the same method and layer.
        model: The model that was explained.
        explainer: The method.

    Attributes:
        explanations: As given.
    """

    def __init__(
        self,
        explanations: Sequence[Explanation],
        model: Model | None = None,
        explainer: Explainer | None = None,
    ) -> None:
        self.explanations = explanations
        self._model = model
        self._explainer = explainer

    @property
    def model(self) -> Model:
        """The model that was explained.

        Raises:
            UsageError: None was given.
        """
        return _given(self._model, "model")

    @property
    def explainer(self) -> Explainer:
        """The method that made the maps.

        Raises:
            UsageError: None was given.
        """
        return _given(self._explainer, "explainer")

    @cached_property
    def images(self) -> Images:
        """The pictures as the model sees them: (n, h, w, c) float32, read-only."""
        images = np.stack([self.model.preprocess(one.image)[0] for one in self.explanations])
        images.flags.writeable = False
        return images

    @cached_property
    def targets(self) -> Targets:
        """What each map explains: (n,) class indices, or (n, 2) where a class is set against another."""
        targets = np.array([self._indices(one.target) for one in self.explanations], np.int64)
        return targets[:, 0] if targets.shape[1] == 1 else targets

    def _indices(self, target: str) -> list[int]:
        names = self.model.class_names
        sides = sides_of(target, names)
        if not sides:
            raise unknown_name("class", target, names, f"'{self.model.name}' has: {', '.join(names)}.")
        return [names.index(side) for side in sides]


def _given(thing: _Given | None, name: str) -> _Given:
    if thing is None:
        raise UsageError(f"This metric asks the {name}, and none was given; give {name}=….")
    return thing


@runtime_checkable
class Metric(Protocol):
    """A judgement of maps, as one number a map; nothing needs to be inherited.

    Typed constructor parameters (a dataclass is the easiest) become settings; class
    attributes are enough for the rest. One more, `requires: frozenset[Capability]`, names the questions
    that it asks of a model, and is checked before any work starts.

    Attributes:
        higher_is_better: Which of two values speaks for a map.
        needs: What it looks at beside the map.
        range: Least and greatest value; infinite where there is no bound.
    """

    @property
    def higher_is_better(self) -> bool:
        """Which of two values speaks for a map."""
        ...

    @property
    def needs(self) -> frozenset[Need]:
        """What it looks at beside the map."""
        ...

    @property
    def range(self) -> tuple[float, float]:
        """Least and greatest value; infinite where there is no bound."""
        ...

    def score(self, trial: Trial) -> Sequence[Score]:
        """Return one score a map, in their order.

        A map that the metric cannot judge (no mask, say) has no value, but the reason: it is left out of
        every mean, and counted. The same trial gives the same scores.
        """
        ...

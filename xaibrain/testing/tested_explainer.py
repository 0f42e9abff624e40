"""An explainer under test: it is asked once for each case, and what it did is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np

from xaibrain.core.explainer import Explainer
from xaibrain.core.model import Capability, Model
from xaibrain.core.records import Image
from xaibrain.core.registry import Entry
from xaibrain.testing.cases import Case, Look, explainer_cases, for_all
from xaibrain.testing.rules import NotApplicable
from xaibrain.testing.state import changed, state_of
from xaibrain.testing.watched import Watched
from xaibrain.types import Heatmaps, Images

ORDINARY: tuple[Look, ...] = ("noise", "spot")
BLANK: tuple[Look, ...] = ("black", "flat")


@dataclass(frozen=True)
class Answer:
    """What an explainer made of a case, and what it left behind.

    Attributes:
        heatmaps: As returned; None where it raised.
        error: What it raised.
        inputs_changed: Whether pictures or targets are others than before.
        state_changed: What of the model is other than before, in words.
        watched: The model as it was asked.
    """

    heatmaps: Any
    error: Exception | None
    inputs_changed: bool
    state_changed: str
    watched: Watched

    def maps(self) -> Heatmaps:
        """Return the maps as an array, for rules that judge their values."""
        if self.error is not None:
            raise NotApplicable("explain() raised; see the rule 'runs'")
        maps = np.asarray(self.heatmaps)
        if maps.ndim != 3 or maps.dtype.kind not in "fiu":
            raise NotApplicable("there are no maps; see the rule 'shape'")
        return maps


@dataclass
class TestedExplainer:
    """An explainer, the model that it is tried on, and what it answered so far."""

    explainer: Explainer
    model: Model
    examples: int = 10
    entry: Entry | None = None
    _answers: dict[Case, Answer] = field(default_factory=dict)

    __test__ = False

    @property
    def requires(self) -> frozenset[Capability]:
        """The questions that it says it asks."""
        return frozenset(getattr(self.explainer, "requires", None) or ())

    def images(self, case: Case) -> Images:
        """Return a case's pictures, frozen as a run's are."""
        blank = Image(np.zeros((8, 8), np.uint8), "blank")
        shape = self.model.preprocess(blank)[0].shape
        low, high = self.model.preprocessing.get("value_range", (0, 255))
        images = case.images((shape[0], shape[1], shape[2]), (float(low), float(high)))
        images.flags.writeable = False
        return images

    def answer(self, case: Case, explainer: Explainer | None = None) -> Answer:
        """Return what it makes of a case; what was asked before is remembered."""
        if explainer is not None:
            return self._asked(case, explainer, None)
        if case not in self._answers:
            self._answers[case] = self._asked(case, self.explainer, None)
        return self._answers[case]

    def failing(self, case: Case, answers: int) -> Answer:
        """Return what it makes of a case when the model fails after so many answers."""
        return self._asked(case, self.explainer, answers)

    def _asked(self, case: Case, explainer: Explainer, answers: int | None) -> Answer:
        images, targets = self.images(case), case.target_array()
        kept = images.tobytes(), targets.tobytes()
        watched = Watched(self.model, self.requires, answers)
        before = state_of(self.model)
        heatmaps, error = None, None
        try:
            heatmaps = explainer.explain(cast(Model, watched), images, targets)
        # A stranger's method may raise anything at all.
        except Exception as raised:
            error = raised
        touched = (images.tobytes(), targets.tobytes()) != kept
        return Answer(heatmaps, error, touched, changed(before, state_of(self.model)), watched)

    def for_all(self, check: Callable[[Case, Answer], None], looks: tuple[Look, ...] = ORDINARY) -> None:
        """Try a check on the answers to generated cases."""
        cases = explainer_cases(len(self.model.class_names), looks)
        for_all(cases, self.examples, lambda case: check(case, self.answer(case)))

    def alike(self, targets: tuple[Any, ...], seed: int = 0) -> Heatmaps:
        """Return the maps of noise, a picture a target."""
        return self.answer(Case(len(targets), "noise", seed, targets)).maps()

    def notes(self, case: Case) -> tuple[Sequence[Mapping[str, Any]], Watched] | None:
        """Return what it notes about its maps, and the model as it was asked; None without `notes`."""
        ask: Any = getattr(self.explainer, "notes", None)
        if not callable(ask):
            return None
        watched = Watched(self.model, self.requires)
        return ask(watched, self.images(case), case.target_array(), self.answer(case).maps()), watched

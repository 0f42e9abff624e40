"""A metric under test, and the maps that it is asked to judge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, cast

import numpy as np
from hypothesis import strategies as st

from xaibrain.core.metric import Metric, Trial
from xaibrain.core.model import Capability, Model
from xaibrain.core.records import Explanation, Image, Provenance
from xaibrain.core.registry import Entry
from xaibrain.errors import UsageError
from xaibrain.ops.status import status_of
from xaibrain.testing.cases import for_all
from xaibrain.testing.rules import NotApplicable, demand
from xaibrain.testing.watched import Watched
from xaibrain.types import Heatmap, Heatmaps, Images, Mask, Targets

_SIDE = 24
MapLook = Literal["signed", "positive", "peak", "zero", "negative", "nan"]


@dataclass(frozen=True)
class MapCase:
    """Maps of one look on pictures that are alike.

    Attributes:
        looks: Of each map: noise with a sign, noise without, one pixel, zeros, all below zero, NaN.
        mask: Whether the pictures have masks, and whether these hold anything.
        seed: Of maps, masks and pictures.
    """

    looks: tuple[MapLook, ...]
    mask: Literal["lesion", "empty", "none"]
    seed: int

    def __str__(self) -> str:
        return f"maps {', '.join(self.looks)}; mask {self.mask}, seed {self.seed}"


def map_cases(
    looks: tuple[MapLook, ...] = ("signed", "positive", "peak", "zero", "negative"),
    masks: tuple[str, ...] = ("lesion",),
) -> st.SearchStrategy[MapCase]:
    """Return one to four maps on pictures with masks of a kind."""
    some = st.lists(st.sampled_from(looks), min_size=1, max_size=4).map(tuple)
    return st.builds(MapCase, some, st.sampled_from(masks), st.integers(0, 999))


@dataclass(frozen=True)
class GradientTimesInput:
    """The method whose maps are judged anew by metrics that explain again."""

    requires: ClassVar[frozenset[Capability]] = frozenset({"input-gradient"})

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return gradient × input, summed over the channels."""
        return np.asarray((model.input_gradients(images, targets) * images).sum(axis=3), np.float32)


@dataclass(frozen=True)
class TestedMetric:
    """A metric, the model whose maps it judges, and how many cases a rule is tried on."""

    metric: Metric
    model: Model
    examples: int = 10
    entry: Entry | None = None

    __test__ = False

    @property
    def needs(self) -> frozenset[str]:
        """What it says it looks at beside the map."""
        return frozenset(self.metric.needs)

    def for_all(
        self, check: Callable[[MapCase], None], cases: st.SearchStrategy[MapCase] | None = None
    ) -> None:
        """Try a check on generated maps."""
        for_all(cases if cases is not None else map_cases(), self.examples, check)

    def explanations(self, case: MapCase) -> list[Explanation]:
        """Return the maps of a case."""
        draw = np.random.default_rng(case.seed)
        return [self._explanation(look, case.mask, draw, str(at)) for at, look in enumerate(case.looks)]

    def explained(self, heatmap: Heatmap, image: Image, target: str) -> Explanation:
        """Return a map as an explanation of this model."""
        geometry = self.model.preprocess(image)[1]
        names = self.model.class_names
        provenance = Provenance("made by the kit", {}, self.model.name, self.model.fingerprint,
                                self.model.preprocessing, self.model.head, image.sha256, {})  # fmt: skip
        shares = {name: 1 / len(names) for name in names}
        return Explanation(image, heatmap, geometry, target, target, shares, None, "", status_of(heatmap),
                           provenance)  # fmt: skip

    def scores(self, explanations: Sequence[Explanation], metric: Metric | None = None) -> Sequence[Any]:
        """Return its scores, given what it needs and nothing else."""
        return (metric or self.metric).score(self.trial(explanations))

    def trial(self, explanations: Sequence[Explanation]) -> Trial:
        """Return a trial with what the metric needs."""
        model = self.watched() if self.needs & {"model", "explainer"} else None
        explainer = GradientTimesInput() if "explainer" in self.needs else None
        return Trial(explanations, cast(Model | None, model), explainer)

    def watched(self) -> Watched:
        """Return the model with what may be asked of it."""
        allowed = frozenset(getattr(self.metric, "requires", frozenset()))
        again = GradientTimesInput.requires if "explainer" in self.needs else frozenset[Capability]()
        return Watched(self.model, allowed | again)

    def values(self, case: MapCase) -> list[float | None]:
        """Return the values of a case, for rules that compare them."""
        return values_of_scores(self._readable(self.explanations(case)))

    def _readable(self, explanations: Sequence[Explanation]) -> Sequence[Any]:
        try:
            return self.scores(explanations)
        except UsageError as error:
            raise NotApplicable(f"score() raised: {error}") from error

    def _explanation(self, look: MapLook, kind: str, draw: np.random.Generator, id: str) -> Explanation:
        pixels = draw.integers(0, 255, (_SIDE, _SIDE), np.uint8)
        mask = np.zeros((_SIDE, _SIDE), bool) if kind != "none" else None
        row, column = draw.integers(2, _SIDE - 10, 2)
        if mask is not None and kind == "lesion":
            mask[row : row + 7, column : column + 6] = True
        frame = self.model.preprocess(Image(pixels, id))[0].shape[:2]
        names = self.model.class_names
        target = names[int(draw.integers(len(names)))]
        return self.explained(
            _map_like(look, (frame[0], frame[1]), draw), Image(pixels, id, mask=mask), target
        )


def without_mask(explanation: Explanation) -> Explanation:
    """Return the same explanation of a picture whose lesion is not known."""
    return replace(explanation, image=replace(explanation.image, mask=None))


def with_mask(explanation: Explanation, mask: Mask) -> Explanation:
    """Return the same explanation of a picture with another lesion."""
    return replace(explanation, image=replace(explanation.image, mask=mask))


def values_of_scores(scores: Sequence[Any]) -> list[float | None]:
    """Return the values of scores; None where there is none."""
    demand(
        all(hasattr(score, "value") for score in scores), "score() returned no xaibrain.Score; return them."
    )
    return [score.value for score in scores]


def alike(first: Sequence[float | None], second: Sequence[float | None]) -> bool:
    """Say whether values are the same, to rounding, undefined ones included."""
    return len(first) == len(second) and all(
        one is other if one is None or other is None else bool(np.isclose(one, other, rtol=1e-4, atol=1e-6))
        for one, other in zip(first, second, strict=True)
    )


def _map_like(look: MapLook, size: tuple[int, int], draw: np.random.Generator) -> Heatmap:
    noise = draw.normal(size=size)
    if look == "peak":
        peak = np.zeros(size)
        peak[draw.integers(size[0]), draw.integers(size[1])] = 1
        return peak.astype(np.float32)
    made = {"signed": noise, "positive": abs(noise), "zero": noise * 0, "negative": -abs(noise) - 0.1}
    return made.get(look, np.full(size, np.nan)).astype(np.float32)

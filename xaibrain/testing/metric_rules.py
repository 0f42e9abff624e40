"""The rules for metrics."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np

from xaibrain.core.metric import Need
from xaibrain.core.model import CAPABILITIES, Capability
from xaibrain.core.records import Image, Score
from xaibrain.errors import UsageError
from xaibrain.testing.declared import PARAMETERS, made_again
from xaibrain.testing.rules import NotApplicable, Rule, demand, rule_maker
from xaibrain.testing.state import changed, state_of
from xaibrain.testing.tested_metric import (
    MapCase,
    MapLook,
    TestedMetric,
    alike,
    map_cases,
    values_of_scores,
    with_mask,
    without_mask,
)

_SLACK = 1e-6

METRIC_RULES: list[Rule[TestedMetric]] = []
rule = rule_maker(METRIC_RULES)


@rule("interface", "A metric has score(trial), higher_is_better, needs and range.")
def _interface(tested: TestedMetric) -> None:
    metric: Any = tested.metric
    for name in ("score", "higher_is_better", "needs", "range"):
        demand(hasattr(metric, name), f"there is no '{name}'; add it, as xaibrain.Metric says.")
    demand(callable(metric.score), "score is no method; make it score(trial).")
    demand(
        isinstance(metric.higher_is_better, bool),
        f"higher_is_better is {metric.higher_is_better!r}; say True or False.",
    )
    needs, known = metric.needs, get_args(Need)
    demand(
        isinstance(needs, frozenset) and needs <= set(known),
        f"needs is {needs!r}; give a frozenset of some of: {', '.join(known)}.",
    )
    ends = metric.range
    demand(
        isinstance(ends, tuple) and len(ends) == 2 and ends[0] < ends[1],
        f"range is {ends!r}; give (least, greatest), infinite where there is no bound.",
    )
    unknown = sorted(set(getattr(metric, "requires", ())) - CAPABILITIES)
    demand(not unknown, f"requires has {unknown}; there are: {', '.join(get_args(Capability))}.")


@rule("scores", "score() returns one xaibrain.Score a map, for any map and any mask.")
def _scores(tested: TestedMetric) -> None:
    def check(case: MapCase) -> None:
        try:
            scores = tested.scores(tested.explanations(case))
        # What was not given is the business of the rule `needs`.
        except UsageError:
            return
        fits = len(scores) == len(case.looks) and all(isinstance(score, Score) for score in scores)
        demand(fits, f"{len(case.looks)} maps got {scores!r} ({case}); return one Score each.")

    tested.for_all(check, map_cases(get_args(MapLook), ("lesion", "empty", "none")))


@rule("needs", "needs names what a metric looks at beside the map, all of it, and nothing else.")
def _needs(tested: TestedMetric) -> None:
    seen = {"mask": False}

    def check(case: MapCase) -> None:
        explanations = tested.explanations(case)
        try:
            usual = values_of_scores(tested.scores(explanations))
        except UsageError as error:
            demand(False, f"{error} Add it to needs.")
        bare = values_of_scores(tested.scores([without_mask(one) for one in explanations]))
        # The other half of the picture: a metric of places cannot judge both alike.
        turned = [with_mask(one, ~one.image.mask) for one in explanations if one.image.mask is not None]
        other = values_of_scores(tested.scores(turned))
        seen["mask"] |= not (alike(usual, bare) and alike(usual, other))

    tested.for_all(check)
    if seen["mask"]:
        demand("mask" in tested.needs, "scores follow the mask; add 'mask' to needs.")
    else:
        demand("mask" not in tested.needs, "scores do not follow the mask; leave 'mask' out of needs.")


@rule("requires", "score() asks of the model what requires names, all of it, and nothing else.")
def _requires(tested: TestedMetric) -> None:
    if not tested.needs & {"model", "explainer"}:
        demand(
            not getattr(tested.metric, "requires", ()),
            "requires names questions, and needs has no 'model'; add it, or leave requires out.",
        )
        raise NotApplicable("it asks no model")
    asked, missing = set[str](), set[str]()

    def check(case: MapCase) -> None:
        trial = tested.trial(tested.explanations(case))
        watched: Any = trial.model
        tested.metric.score(trial)
        asked.update(watched.asked)
        missing.update(watched.undeclared)

    tested.for_all(check)
    demand(not missing, f"score() asks for {', '.join(sorted(missing))}; add the capability to requires.")
    idle = sorted(set(getattr(tested.metric, "requires", ())) - asked)
    demand(not idle, f"requires has {', '.join(idle)}, which is never asked; models are refused for nothing.")


@rule("range", "Values lie within the range.")
def _range(tested: TestedMetric) -> None:
    low, high = tested.metric.range

    def check(case: MapCase) -> None:
        for value in tested.values(case):
            demand(
                value is None or low - _SLACK <= value <= high + _SLACK,
                f"a map scored {value}, outside {low} to {high} ({case}); correct the range or the value.",
            )

    tested.for_all(check)


@rule("undefined", "Where there is nothing to judge, there is no value, but the reason.")
def _undefined(tested: TestedMetric) -> None:
    def check(case: MapCase) -> None:
        for score in tested.scores(tested.explanations(case)):
            what = "a map of NaN" if case.looks[0] == "nan" else f"a picture whose mask is {case.mask}"
            demand(score.value is None, f"{what} scored {score.value}; return Score(None, the reason).")

    if not tested.needs & {"explainer"}:
        tested.for_all(check, map_cases(("nan",)))
    if "mask" in tested.needs:
        tested.for_all(check, map_cases(masks=("none", "empty")))


@rule("repeatable", "The same maps get the same scores; draw from a seed of your own.")
def _repeatable(tested: TestedMetric) -> None:
    state = np.random.get_state()

    def check(case: MapCase) -> None:
        first = tested.values(case)
        np.random.seed(case.seed + 1)
        second = tested.values(case)
        demand(first == second, f"scores {first} are {second} the second time ({case}); draw from a seed.")

    try:
        tested.for_all(check)
    finally:
        np.random.set_state(state)


@rule("batch", "A map's score does not depend on the maps beside it.")
def _batch(tested: TestedMetric) -> None:
    def check(case: MapCase) -> None:
        explanations = tested.explanations(case)
        together = values_of_scores(tested.scores(explanations))
        alone = [values_of_scores(tested.scores([one]))[0] for one in explanations]
        demand(
            alike(together, alone), f"together {together}, alone {alone} ({case}); judge each map by itself."
        )

    tested.for_all(check)


@rule("inputs", "Maps, pictures, masks and the model are left as they are.")
def _inputs(tested: TestedMetric) -> None:
    def check(case: MapCase) -> None:
        explanations = tested.explanations(case)
        kept = [_bytes_of(one.heatmap, one.image) for one in explanations]
        before = state_of(tested.model)
        tested.scores(explanations)
        same = [_bytes_of(one.heatmap, one.image) for one in explanations] == kept
        demand(same, f"score() writes into maps, pictures or masks ({case}); copy what you change.")
        what = changed(before, state_of(tested.model))
        demand(not what, f"score() changes the model ({what}); leave it as it is.")

    tested.for_all(check)


@rule("direction", "Evidence on the lesion is judged better than evidence beside it.")
def _direction(tested: TestedMetric) -> None:
    if tested.needs != {"mask"}:
        raise NotApplicable("it judges more than the place, or something else")
    case = MapCase(("positive",), "lesion", 0)
    (one,) = tested.explanations(case)
    mask = one.image.mask
    if mask is None:
        raise NotApplicable("there is no mask")
    on = one.geometry.to_frame(mask.astype(np.float32))
    maps = [on + 0.01, 1.01 - on]
    explained = [tested.explained(np.asarray(each, np.float32), one.image, one.target) for each in maps]
    good, bad = values_of_scores(tested.scores(explained))
    if good is None or bad is None:
        demand(good is not None, "a map that is the lesion itself has no value; give it one.")
        return
    better = good > bad if tested.metric.higher_is_better else good < bad
    demand(
        better,
        f"a map on the lesion scores {good:.3g}, one beside it {bad:.3g}, and higher_is_better is "
        f"{tested.metric.higher_is_better}; turn one of them.",
    )


@rule("parameters", PARAMETERS)
def _parameters(tested: TestedMetric) -> None:
    again = made_again(tested.metric)
    explanations = tested.explanations(MapCase(("signed", "positive"), "lesion", 0))
    first, second = (values_of_scores(tested.scores(explanations, one)) for one in (tested.metric, again))
    demand(first == second, f"made again from its parameters, it scores {second} instead of {first}.")


def _bytes_of(heatmap: np.ndarray, image: Image) -> tuple[bytes, ...]:
    mask = b"" if image.mask is None else image.mask.tobytes()
    return heatmap.tobytes(), image.pixels.tobytes(), mask

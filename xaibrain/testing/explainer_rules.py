"""The rules for explainers."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Any, cast, get_args

import numpy as np

from xaibrain.core.model import CAPABILITIES, Capability, Model
from xaibrain.core.parameters import parameters_of, values_of
from xaibrain.errors import UsageError
from xaibrain.testing.cases import Case
from xaibrain.testing.declared import PARAMETERS, made_again
from xaibrain.testing.rules import NotApplicable, Rule, demand, rule_maker
from xaibrain.testing.tested_explainer import BLANK, Answer, TestedExplainer
from xaibrain.testing.watched import Watched
from xaibrain.types import Heatmaps

EXPLAINER_RULES: list[Rule[TestedExplainer]] = []
rule = rule_maker(EXPLAINER_RULES)


@rule("interface", "An explainer has a method explain(model, images, targets).")
def _interface(tested: TestedExplainer) -> None:
    explain = getattr(tested.explainer, "explain", None)
    demand(callable(explain), "there is no method explain(model, images, targets); add it.")
    try:
        inspect.signature(cast(Callable[..., Any], explain)).bind(None, None, None)
    except TypeError as error:
        demand(False, f"explain() cannot be called with model, images, targets ({error}); take these three.")


@rule("requires", "requires names the capabilities that explain() asks of the model.")
def _requires(tested: TestedExplainer) -> None:
    requires = getattr(tested.explainer, "requires", None)
    demand(
        isinstance(requires, frozenset),
        'there is no class attribute requires; add requires: ClassVar = frozenset({"logits"}) or the like.',
    )
    unknown = tested.requires - CAPABILITIES
    known = ", ".join(get_args(Capability))
    demand(not unknown, f"requires has {sorted(unknown)}, which no model answers; there are: {known}.")


@rule("inputs", "Pictures and targets are left as they are; copy what you change.")
def _inputs(tested: TestedExplainer) -> None:
    def check(case: Case, answer: Answer) -> None:
        written = isinstance(answer.error, ValueError) and "read-only" in str(answer.error)
        demand(
            not (written or answer.inputs_changed),
            f"explain() writes into its pictures or targets ({case}); copy what you change.",
        )

    tested.for_all(check)


@rule("capabilities", "explain() asks what requires names, all of it, and nothing else.")
def _capabilities(tested: TestedExplainer) -> None:
    asked: set[str] = set()

    def check(case: Case, answer: Answer) -> None:
        missing = sorted(answer.watched.undeclared)
        demand(not missing, f"explain() asks for {', '.join(missing)}; add the capability to requires.")
        answer.maps()
        asked.update(answer.watched.asked)

    tested.for_all(check)
    noted = tested.notes(Case(2, "noise", 0, (0, 1)))
    if noted:
        missing = sorted(noted[1].undeclared)
        demand(not missing, f"notes() asks for {', '.join(missing)}; add the capability to requires.")
        asked.update(noted[1].asked)
    idle = sorted(tested.requires - asked)
    demand(not idle, f"requires has {', '.join(idle)}, which is never asked; models are refused for nothing.")


@rule("runs", "explain() answers for any pictures, classes and pairs of classes.")
def _runs(tested: TestedExplainer) -> None:
    def check(case: Case, answer: Answer) -> None:
        if answer.error is not None and not answer.watched.undeclared:
            told = " ".join(f"{type(answer.error).__name__}: {answer.error}".split())
            demand(False, f"explain() raised {told} for {case}; answer for every batch and target.")

    tested.for_all(check)


@rule("shape", "explain() returns one map a picture: an array (n, h, w).")
def _shape(tested: TestedExplainer) -> None:
    def check(case: Case, answer: Answer) -> None:
        if answer.error is None:
            shape = np.shape(answer.heatmaps)
            fits = len(shape) == 3 and shape[0] == case.count and 0 not in shape
            demand(fits, f"explain() returned shape {shape} for {case}; return ({case.count}, h, w).")

    tested.for_all(check)


@rule("dtype", "Maps are float32.")
def _dtype(tested: TestedExplainer) -> None:
    def check(case: Case, answer: Answer) -> None:
        kind = getattr(answer.heatmaps, "dtype", type(answer.heatmaps).__name__)
        demand(answer.error or kind == np.float32, f"maps are {kind}; return .astype(np.float32).")

    tested.for_all(check)


@rule("finite", "Maps of ordinary pictures hold numbers, not NaN or infinity.")
def _finite(tested: TestedExplainer) -> None:
    def check(case: Case, answer: Answer) -> None:
        demand(np.isfinite(answer.maps()).all(), f"a map holds NaN or infinity ({case}); guard the division.")

    tested.for_all(check)


@rule("blank", "Black and grey pictures are answered too: with numbers, or with NaN all over the map.")
def _blank(tested: TestedExplainer) -> None:
    def check(case: Case, answer: Answer) -> None:
        if answer.error is not None:
            raise answer.error
        for one in answer.maps():
            finite = np.isfinite(one)
            demand(
                finite.all() or not finite.any(), f"a map is NaN in places ({case}); fill all of it, or 0."
            )

    tested.for_all(check, BLANK)


@rule("model", "The model is left as it was.")
def _model(tested: TestedExplainer) -> None:
    def check(case: Case, answer: Answer) -> None:
        what = answer.state_changed
        demand(not what, f"explain() changes the model ({what}); ask it, and leave it as it is.")

    tested.for_all(check)


@rule("repeatable", "The same pictures get the same maps, bit for bit; draw from a seed of your own.")
def _repeatable(tested: TestedExplainer) -> None:
    state = np.random.get_state()

    def check(case: Case, answer: Answer) -> None:
        first = answer.maps()
        np.random.seed(case.seed + 1)
        second = tested.answer(case, tested.explainer).maps()
        demand(
            np.array_equal(first, second, equal_nan=True),
            f"the same pictures get other maps the second time ({case}); "
            "draw from np.random.default_rng(self.seed), made in explain().",
        )

    try:
        tested.for_all(check)
    finally:
        np.random.set_state(state)


@rule("batch", "A picture's map does not depend on the pictures beside it.")
def _batch(tested: TestedExplainer) -> None:
    def check(case: Case, answer: Answer) -> None:
        together, images = answer.maps(), tested.images(case)
        for index in range(case.count if case.count > 1 and len(together) == case.count else 0):
            one = images[index : index + 1].copy()
            one.flags.writeable = False
            model = cast(Model, Watched(tested.model, tested.requires))
            alone = tested.explainer.explain(model, one, case.target_array()[index : index + 1])[0]
            close = 1e-4 * np.abs(together[index]).max(initial=0)
            demand(
                np.shape(alone) == together[index].shape
                and np.allclose(alone, together[index], rtol=1e-3, atol=close, equal_nan=True),
                f"picture {index} gets another map alone than among others ({case}); "
                "take means and extremes a picture, not over the batch.",
            )

    tested.for_all(check)


@rule("errors", "What the model raises comes through, and the model is left as it was.")
def _errors(tested: TestedExplainer) -> None:
    case = Case(2, "noise", 0, (0, 1))
    before = tested.answer(case)
    before.maps()
    if not before.watched.questions:
        raise NotApplicable("it asks the model nothing that can fail")
    for answers in {0, before.watched.questions // 2}:
        after = tested.failing(case, answers)
        demand(after.error, "explain() returns maps though the model failed; let the error through.")
        what = after.state_changed
        demand(not what, f"a failing model is left changed ({what}); put it back with try and finally.")
    again = tested.answer(case, tested.explainer)
    demand(
        again.error is None and np.array_equal(again.maps(), before.maps(), equal_nan=True),
        "after an error of the model, the same pictures get other maps; keep nothing between calls.",
    )


@rule("targets", "The map of one class is not that of another.")
def _targets(tested: TestedExplainer) -> None:
    _needs_class(tested)
    first, second = (tested.alike((target,) * 2) for target in (0, 1))
    demand(_differ(first, second), "two classes get the same map; explain the score of `targets`.")


@rule("contrast", "A target (a, b) is explained as a against b.")
def _contrast(tested: TestedExplainer) -> None:
    _needs_class(tested)
    alone, against = tested.alike((0, 0)), tested.alike(((0, 1), (0, 1)))
    demand(
        _differ(alone, against),
        "a against b gets the map of a alone; take scores from xaibrain.target_scores(logits, targets).",
    )


@rule("pictures", "The map of one picture is not that of another.")
def _pictures(tested: TestedExplainer) -> None:
    if not tested.requires:
        raise NotApplicable("it asks the model nothing: a baseline")
    first, second = tested.alike((0, 0))
    demand(_differ(first, second), "two different pictures get the same map; let the map follow the picture.")


@rule("parameters", PARAMETERS)
def _parameters(tested: TestedExplainer) -> None:
    again = made_again(tested.explainer)
    case = Case(2, "noise", 0, (0, 1))
    before = values_of(tested.explainer)
    first, second = tested.answer(case).maps(), tested.answer(case, again).maps()
    demand(
        np.array_equal(first, second, equal_nan=True),
        "made again from its recorded parameters, it makes other maps; record all that they depend on.",
    )
    demand(values_of(tested.explainer) == before, "explain() changes its parameters; keep them as they are.")


@rule("layer", "layer='auto' and every layer of the model can be read, and unknown ones are refused.")
def _layer(tested: TestedExplainer) -> None:
    if "layer" not in parameters_of(type(tested.explainer)):
        raise NotApplicable("it reads no layer")
    made = {**values_of(tested.explainer), "layer": "no/such/layer"}
    case = Case(1, "noise", 0, (0,))
    # Refused by the method itself, or by the model that it asks.
    try:
        answer = tested.answer(case, type(tested.explainer)(**made))
    except UsageError:
        return
    demand(answer.error, "an unknown layer gets a map all the same; read the layer that is asked for.")


@rule("notes", "notes() returns a mapping a picture, of text and numbers.")
def _notes(tested: TestedExplainer) -> None:
    case = Case(3, "noise", 0, (0, 1, 0))
    noted = tested.notes(case)
    if noted is None:
        raise NotApplicable("it has no notes()")
    told = noted[0]
    demand(len(told) == case.count, f"notes() returned {len(told)} for {case.count} pictures; one each.")
    back = json.loads(json.dumps([dict(note) for note in told]))
    demand(back == [dict(note) for note in told], "notes are not kept whole by JSON; use text and numbers.")


def _needs_class(tested: TestedExplainer) -> None:
    if not tested.requires - {"activations"}:
        raise NotApplicable("nothing that it asks depends on the class")


def _differ(first: Heatmaps, second: Heatmaps) -> bool:
    top = max(np.abs(first).max(initial=0), np.abs(second).max(initial=0))
    return first.shape != second.shape or bool(np.abs(first - second).max(initial=0) > 1e-5 * top)

"""One call checks one plugin, by its registered name or as an object."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic

from xaibrain.core.dataset import Dataset
from xaibrain.core.explainer import Explainer
from xaibrain.core.manager import manager
from xaibrain.core.metric import Metric
from xaibrain.core.model import Model
from xaibrain.core.reader import Reader
from xaibrain.core.records import Explanation
from xaibrain.core.registry import Entry
from xaibrain.core.writer import Writer
from xaibrain.errors import UsageError, unknown_name
from xaibrain.testing.analytic import QuadraticModel
from xaibrain.testing.dataset_rules import DATASET_RULES, TestedDataset
from xaibrain.testing.declared import DECLARED_RULES
from xaibrain.testing.explainer_rules import EXPLAINER_RULES
from xaibrain.testing.gradient_rules import GRADIENT_RULES
from xaibrain.testing.metric_rules import METRIC_RULES
from xaibrain.testing.model_rules import MODEL_RULES
from xaibrain.testing.reader_rules import READER_RULES, TestedReader
from xaibrain.testing.rules import NotApplicable, Rule, Tested, Verdict
from xaibrain.testing.tested_explainer import TestedExplainer
from xaibrain.testing.tested_metric import TestedMetric
from xaibrain.testing.tested_model import TestedModel
from xaibrain.testing.writer_rules import WRITER_RULES, TestedWriter

RULES: dict[str, Sequence[Rule[Any]]] = {
    "dataset": [*DATASET_RULES, *DECLARED_RULES],
    "model": [*MODEL_RULES, *GRADIENT_RULES, *DECLARED_RULES],
    "explainer": [*EXPLAINER_RULES, *DECLARED_RULES],
    "metric": [*METRIC_RULES, *DECLARED_RULES],
    "reader": [*READER_RULES, *DECLARED_RULES],
    "writer": [*WRITER_RULES, *DECLARED_RULES],
}
"""Kind of capability to its rules, in the order in which they are checked."""


@dataclass(frozen=True)
class Check(Generic[Tested]):
    """What is under test, and the rules that are to be kept."""

    tested: Tested
    rules: Sequence[Rule[Tested]]

    def verdicts(self, said: Callable[[], None] = lambda: None) -> list[Verdict]:
        """Check every rule; `said` is called after each."""
        found = []
        for rule in self.rules:
            found.append(rule.verdict(self.tested))
            said()
        return found

    def hold(self) -> None:
        """Check rule after rule; raise the first `BrokenRule`."""
        for rule in self.rules:
            try:
                rule(self.tested)
            except NotApplicable:
                continue


def check_explainer(
    explainer: str | Explainer,
    *,
    model: Model | None = None,
    examples: int = 10,
    without: Collection[str] = (),
    **parameters: Any,
) -> None:
    """Hold an explainer to its contract.

    Args:
        explainer: A registered name, or an explainer. By name, what the plugin declares is checked too.
        model: The model that it is tried on; an analytic one if none is given, or a small Keras network
            where the method asks for one.
        examples: Generated cases a rule.
        without: Names of rules that are left out.
        parameters: The method's own, where a name is given.

    Raises:
        BrokenRule: The first rule that is broken; an `AssertionError`.
        UsageError: There is no such explainer, parameter or rule, or the model cannot answer it.
    """
    explainer_check(explainer, model=model, examples=examples, without=without, **parameters).hold()


def check_model(
    model: str | Model, *, examples: int = 10, without: Collection[str] = (), **options: Any
) -> None:
    """Hold a model to its contract: geometry, scores, capabilities; gradients against differences.

    Args:
        model: A registered name, or a model.
        examples: Generated cases a rule.
        without: Names of rules that are left out.
        options: The plugin's own, where a name is given.

    Raises:
        BrokenRule: The first rule that is broken; an `AssertionError`.
        UsageError: There is no such model, option or rule.
    """
    model_check(model, examples=examples, without=without, **options).hold()


def check_dataset(
    dataset: str | Dataset, *, examples: int = 10, without: Collection[str] = (), **options: Any
) -> None:
    """Hold a dataset to its contract.

    Args:
        dataset: A registered name, or a dataset.
        examples: Pictures that are looked at closely; all are counted, and at most 64 are read.
        without: Names of rules that are left out.
        options: The plugin's own, where a name is given.

    Raises:
        BrokenRule: The first rule that is broken; an `AssertionError`.
        UsageError: There is no such dataset, option or rule.
    """
    dataset_check(dataset, examples=examples, without=without, **options).hold()


def check_metric(
    metric: str | Metric,
    *,
    model: Model | None = None,
    examples: int = 10,
    without: Collection[str] = (),
    **parameters: Any,
) -> None:
    """Hold a metric to its contract.

    Args:
        metric: A registered name, or a metric.
        model: The model whose maps are judged; an analytic one if none is given, or a small Keras network
            where the metric asks for one.
        examples: Generated cases a rule.
        without: Names of rules that are left out.
        parameters: The metric's own, where a name is given.

    Raises:
        BrokenRule: The first rule that is broken; an `AssertionError`.
        UsageError: There is no such metric, parameter or rule, or the model cannot answer it.
    """
    metric_check(metric, model=model, examples=examples, without=without, **parameters).hold()


def check_reader(
    reader: str | Reader,
    *,
    files: Sequence[str | Path] = (),
    examples: int = 10,
    without: Collection[str] = (),
    **options: Any,
) -> None:
    """Hold a reader to its contract.

    Args:
        reader: A registered name, or a reader.
        files: Sound files that it is tried on; without any, only what needs none is checked.
        examples: Pictures that are looked at for each rule.
        without: Names of rules that are left out.
        options: The reader's own, where a name is given.

    Raises:
        BrokenRule: The first rule that is broken; an `AssertionError`.
        UsageError: There is no such reader, option or rule.
    """
    reader_check(reader, files=files, examples=examples, without=without, **options).hold()


def check_writer(
    writer: str | Writer,
    *,
    explanations: Sequence[Explanation] = (),
    examples: int = 10,
    without: Collection[str] = (),
    **options: Any,
) -> None:
    """Hold a writer to its contract.

    Args:
        writer: A registered name, or a writer.
        explanations: Maps that it is tried on, of one volume, method and class; if none, some of a
            volume that is made up, which a writer that needs a source may refuse.
        examples: Not used; here because every check takes it.
        without: Names of rules that are left out.
        options: The writer's own, where a name is given.

    Raises:
        BrokenRule: The first rule that is broken; an `AssertionError`.
        UsageError: There is no such writer, option or rule.
    """
    writer_check(writer, explanations=explanations, examples=examples, without=without, **options).hold()


def explainer_check(
    explainer: str | Explainer,
    *,
    model: Model | None = None,
    examples: int = 10,
    without: Collection[str] = (),
    **parameters: Any,
) -> Check[TestedExplainer]:
    """Return what `check_explainer` checks."""
    method, entry = _made("explainer", explainer, parameters)
    _refuse_unable(method, model)
    tested = TestedExplainer(method, model or _model_for(method), examples, entry)
    return Check(tested, chosen_rules("explainer", without))


def metric_check(
    metric: str | Metric,
    *,
    model: Model | None = None,
    examples: int = 10,
    without: Collection[str] = (),
    **parameters: Any,
) -> Check[TestedMetric]:
    """Return what `check_metric` checks."""
    made, entry = _made("metric", metric, parameters)
    _refuse_unable(made, model)
    tested = TestedMetric(made, model or _model_for(made), examples, entry)
    return Check(tested, chosen_rules("metric", without))


def model_check(
    model: str | Model, *, examples: int = 10, without: Collection[str] = (), **options: Any
) -> Check[TestedModel]:
    """Return what `check_model` checks."""
    made, entry = _made("model", model, options)
    return Check(TestedModel(made, examples, entry), chosen_rules("model", without))


def dataset_check(
    dataset: str | Dataset, *, examples: int = 10, without: Collection[str] = (), **options: Any
) -> Check[TestedDataset]:
    """Return what `check_dataset` checks."""
    made, entry = _made("dataset", dataset, options)
    return Check(TestedDataset(made, examples, entry), chosen_rules("dataset", without))


def reader_check(
    reader: str | Reader,
    *,
    files: Sequence[str | Path] = (),
    examples: int = 10,
    without: Collection[str] = (),
    **options: Any,
) -> Check[TestedReader]:
    """Return what `check_reader` checks."""
    made, entry = _made("reader", reader, options)
    return Check(TestedReader(made, list(map(Path, files)), examples, entry), chosen_rules("reader", without))


def writer_check(
    writer: str | Writer,
    *,
    explanations: Sequence[Explanation] = (),
    examples: int = 10,
    without: Collection[str] = (),
    **options: Any,
) -> Check[TestedWriter]:
    """Return what `check_writer` checks."""
    made, entry = _made("writer", writer, options)
    return Check(TestedWriter(made, explanations, entry), chosen_rules("writer", without))


CHECKS: dict[str, Callable[..., Check[Any]]] = {
    "dataset": dataset_check,
    "model": model_check,
    "explainer": explainer_check,
    "metric": metric_check,
    "reader": reader_check,
    "writer": writer_check,
}
"""Kind of capability to what makes its check."""


def _made(kind: str, thing: Any, options: dict[str, Any]) -> tuple[Any, Entry | None]:
    if isinstance(thing, str):
        entry = manager().registry.get(kind, thing)
        return entry.make(**options), entry
    if options:
        raise UsageError(f"{', '.join(options)}: give options with a name, or make the {kind} with them.")
    return thing, None


def _refuse_unable(asking: Explainer | Metric, model: Model | None) -> None:
    missing = sorted(set(_required(asking)) - model.capabilities) if model else []
    if model and missing:
        raise UsageError(f"It asks for {', '.join(missing)}, which '{model.name}' cannot answer.")


def _required(asking: Explainer | Metric) -> Collection[str]:
    return getattr(asking, "requires", None) or ()


def _model_for(asking: Explainer | Metric) -> Model:
    formula = QuadraticModel()
    if formula.capabilities.issuperset(_required(asking)):
        return formula
    # Not at the top: most plugins need no framework.
    from xaibrain.keras.tiny import tiny

    return tiny()


def chosen_rules(kind: str, without: Collection[str]) -> Sequence[Rule[Any]]:
    """Return the rules of a kind, less some that are named.

    Raises:
        UnknownNameError: There is no such rule.
    """
    names = [rule.name for rule in RULES[kind]]
    for name in without:
        if name not in names:
            raise unknown_name("rule", name, names, f"There are: {', '.join(names)}.")
    return [rule for rule in RULES[kind] if rule.name not in without]

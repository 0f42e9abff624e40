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
from xaibrain.errors import UsageError
from xaibrain.testing.kinds import KINDS
from xaibrain.testing.rules import NotApplicable, Rule, Tested, Verdict


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


def check_of(
    kind: str, thing: Any, /, *, examples: int = 10, without: Collection[str] = (), **options: Any
) -> Check[Any]:
    """Return what the function of a kind checks, such as `check_explainer`, with its options."""
    tried = KINDS[kind]
    beside = {name: options.pop(name) for name in tried.beside if name in options}
    made, entry = _made(kind, thing, options)
    return Check(tried.put(made, entry, examples, **beside), tried.chosen(without))


def _made(kind: str, thing: Any, options: dict[str, Any]) -> tuple[Any, Entry | None]:
    if isinstance(thing, str):
        entry = manager().registry.get(kind, thing)
        return entry.make(**options), entry
    if options:
        raise UsageError(f"{', '.join(options)}: give options with a name, or make the {kind} with them.")
    return thing, None


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
    check_of("explainer", explainer, model=model, examples=examples, without=without, **parameters).hold()


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
    check_of("model", model, examples=examples, without=without, **options).hold()


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
    check_of("dataset", dataset, examples=examples, without=without, **options).hold()


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
    check_of("metric", metric, model=model, examples=examples, without=without, **parameters).hold()


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
    check_of("reader", reader, files=files, examples=examples, without=without, **options).hold()


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
    check_of(
        "writer", writer, explanations=explanations, examples=examples, without=without, **options
    ).hold()

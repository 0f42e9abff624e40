"""How plugins of each kind are put under test, and the rules that they are held to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xaibrain.core.dataset import Dataset
from xaibrain.core.explainer import Explainer
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
from xaibrain.testing.rules import Rule
from xaibrain.testing.tested_explainer import TestedExplainer
from xaibrain.testing.tested_metric import TestedMetric
from xaibrain.testing.tested_model import TestedModel
from xaibrain.testing.writer_rules import WRITER_RULES, TestedWriter


@dataclass(frozen=True)
class Kind:
    """A kind of capability.

    Attributes:
        rules: In the order in which they are checked.
        put: Puts a thing under test, by who offers it and the number of examples.
        beside: What `put` takes beside these, by name.
    """

    rules: Sequence[Rule[Any]]
    put: Callable[..., Any]
    beside: tuple[str, ...] = ()

    def chosen(self, without: Collection[str]) -> Sequence[Rule[Any]]:
        """Return the rules, less some that are named.

        Raises:
            UnknownNameError: There is no such rule.
        """
        names = [rule.name for rule in self.rules]
        for name in without:
            if name not in names:
                raise unknown_name("rule", name, names, f"There are: {', '.join(names)}.")
        return [rule for rule in self.rules if rule.name not in without]


def _dataset(dataset: Dataset, entry: Entry | None, examples: int) -> TestedDataset:
    return TestedDataset(dataset, examples, entry)


def _model(model: Model, entry: Entry | None, examples: int) -> TestedModel:
    return TestedModel(model, examples, entry)


def _explainer(
    explainer: Explainer, entry: Entry | None, examples: int, model: Model | None = None
) -> TestedExplainer:
    return TestedExplainer(explainer, _asked(explainer, model), examples, entry)


def _metric(metric: Metric, entry: Entry | None, examples: int, model: Model | None = None) -> TestedMetric:
    return TestedMetric(metric, _asked(metric, model), examples, entry)


def _reader(
    reader: Reader, entry: Entry | None, examples: int, files: Sequence[str | Path] = ()
) -> TestedReader:
    return TestedReader(reader, list(map(Path, files)), examples, entry)


def _writer(
    writer: Writer, entry: Entry | None, examples: int, explanations: Sequence[Explanation] = ()
) -> TestedWriter:
    return TestedWriter(writer, explanations, entry)


KINDS = {
    "dataset": Kind([*DATASET_RULES, *DECLARED_RULES], _dataset),
    "model": Kind([*MODEL_RULES, *GRADIENT_RULES, *DECLARED_RULES], _model),
    "explainer": Kind([*EXPLAINER_RULES, *DECLARED_RULES], _explainer, ("model",)),
    "metric": Kind([*METRIC_RULES, *DECLARED_RULES], _metric, ("model",)),
    "reader": Kind([*READER_RULES, *DECLARED_RULES], _reader, ("files",)),
    "writer": Kind([*WRITER_RULES, *DECLARED_RULES], _writer, ("explanations",)),
}
"""By the names that the registry has for them."""


def _asked(asking: Explainer | Metric, model: Model | None) -> Model:
    """Return the model that a method or metric is tried on.

    Raises:
        UsageError: The one that is given cannot answer it.
    """
    required = set(getattr(asking, "requires", None) or ())
    if model:
        missing = sorted(required - model.capabilities)
        if missing:
            raise UsageError(f"It asks for {', '.join(missing)}, which '{model.name}' cannot answer.")
        return model
    formula = QuadraticModel()
    if formula.capabilities >= required:
        return formula
    # Not at the top: most plugins need no framework.
    from xaibrain.keras.tiny import tiny

    return tiny()

"""What a benchmark compares: methods at layers, by metrics, on one model; all checked before any work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xaibrain.core.explainer import Explainer
from xaibrain.core.manager import manager
from xaibrain.core.metric import Metric
from xaibrain.core.model import Model
from xaibrain.core.parameters import parameters_of, values_of
from xaibrain.defaults import BASELINES
from xaibrain.errors import ModelError, UsageError
from xaibrain.judging.score import check_capabilities
from xaibrain.pipeline import Pipeline, layer_choice, with_layer


@dataclass(frozen=True)
class Row:
    """A method at a layer, which is a row of every table.

    Attributes:
        name: Unique: the method's name, with its layer after an `@` if it reads one.
        explainer: The method's name.
        layer: Path of the layer; None for methods that read none.
        method: The method itself, set to that layer.
        baseline: Whether it is a trivial one, which does not look at the model and must be beaten.
    """

    name: str
    explainer: str
    layer: str | None
    method: Explainer
    baseline: bool


class Plan:
    """Methods × metrics on a model.

    Args:
        model: The model to explain.
        explainers: Name to method.
        metrics: Name to metric.
        layers: Where methods that read a layer read it: `auto` or paths.
        target: `predicted`, `label` or a class.

    Raises:
        UsageError: There is nothing to compare, or no such class or layer.
        ModelError: The model cannot answer what a method or metric asks.
    """

    def __init__(
        self,
        model: Model,
        explainers: Mapping[str, Explainer],
        metrics: Mapping[str, Metric],
        layers: Sequence[str] = ("auto",),
        target: str = "predicted",
    ) -> None:
        if not explainers or not metrics or not layers:
            raise UsageError("A benchmark needs an explainer, a metric and a layer at least; add one.")
        if target == "all":
            raise UsageError("A benchmark explains one class a picture; give predicted, label or a class.")
        self.model = model
        self.target = target
        self.metrics = dict(metrics)
        for name, metric in metrics.items():
            check_capabilities(name, metric, model)
        self.rows = _rows(model, explainers, layers)
        self.pipeline = Pipeline(model, {row.name: row.method for row in self.rows}, target)

    def configuration(self) -> dict[str, Any]:
        """Return what the scores depend on, beside the pictures themselves."""
        return {
            "model": self.model.name,
            "fingerprint": self.pipeline.fingerprint,
            "preprocessing": dict(self.model.preprocessing),
            "head": self.model.head,
            "target": self.target,
            "methods": {row.name: values_of(row.method) for row in self.rows},
            "metrics": {name: values_of(metric) for name, metric in self.metrics.items()},
            "versions": dict(self.pipeline.versions),
        }


def baselines() -> list[str]:
    """Return the trivial methods that are installed."""
    known = {entry.spec.name for entry in manager().registry.entries("explainer")}
    return [name for name in BASELINES if name in known]


def answerable(model: Model, explainers: Mapping[str, Explainer]) -> tuple[dict[str, Explainer], list[str]]:
    """Return the methods whose questions a model can answer, and why each other one is refused."""
    able: dict[str, Explainer] = {}
    refused = []
    for name, explainer in explainers.items():
        try:
            Pipeline(model, {name: explainer})
        except ModelError as error:
            refused.append(f"{name}: {error}")
        else:
            able[name] = explainer
    return able, refused


def _rows(model: Model, explainers: Mapping[str, Explainer], layers: Sequence[str]) -> list[Row]:
    # Layer by layer, since a model remembers what it computed at the last one.
    rows = {row.name: row for layer in layers for row in _at(model, explainers, layer)}
    return list(rows.values())


def _at(model: Model, explainers: Mapping[str, Explainer], layer: str) -> list[Row]:
    rows = []
    for name, explainer in explainers.items():
        method, path = explainer, None
        if "layer" in parameters_of(type(explainer)):
            method = with_layer(explainer, layer)
            chosen = getattr(method, "layer", None)
            path = layer_choice(model, chosen).path if isinstance(chosen, str) else None
        label = f"{name}@{path}" if path else name
        rows.append(Row(label, name, path, method, name in BASELINES))
    return rows

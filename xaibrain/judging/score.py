"""One metric on the maps of one method."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xaibrain.core.explainer import Explainer
from xaibrain.core.metric import Metric, Trial
from xaibrain.core.model import Model
from xaibrain.core.records import Explanation, Score
from xaibrain.errors import ModelError, PluginError, UsageError
from xaibrain.loading import load_metric

_SLACK = 1e-6
"""So far beyond its range a value may lie by rounding alone."""


def score(
    explanations: Explanation | Iterable[Explanation],
    metric: str | Metric,
    *,
    model: Model | None = None,
    explainer: Explainer | None = None,
) -> list[Score]:
    """Judge maps that one method made.

    Args:
        explanations: One or several, of the same method and layer.
        metric: A registered name, or a metric.
        model: The model that was explained; for metrics that ask it.
        explainer: The method; for metrics that explain again.

    Returns:
        One score an explanation, in their order.

    Raises:
        UsageError: An unknown metric, or one that needs what was not given.
        ModelError: The model cannot answer what the metric asks.
        PluginError: The metric broke its contract.
    """
    made = [explanations] if isinstance(explanations, Explanation) else list(explanations)
    name = metric if isinstance(metric, str) else type(metric).__name__
    judge = load_metric(metric) if isinstance(metric, str) else metric
    for need, given in (("model", model), ("explainer", explainer)):
        if need in judge.needs and given is None:
            raise UsageError(f"'{name}' asks the {need}; give {need}=….")
    if model is not None:
        check_capabilities(name, judge, model)
    return checked_scores(name, judge, Trial(made, model, explainer)) if made else []


def check_capabilities(name: str, metric: Metric, model: Model) -> None:
    """Raise `ModelError` if a metric asks what the model cannot answer."""
    missing = sorted(getattr(metric, "requires", frozenset()) - model.capabilities)
    if missing:
        raise ModelError(f"'{name}' needs {', '.join(missing)}, which '{model.name}' cannot answer.")


def checked_scores(name: str, metric: Metric, trial: Trial) -> list[Score]:
    """Return a metric's scores, held to its contract.

    Raises:
        PluginError: There are too many or too few, or a value lies outside the range that it declares.
    """
    scores: Sequence[Score] = metric.score(trial)
    if len(scores) != len(trial.explanations) or not all(isinstance(one, Score) for one in scores):
        raise PluginError(f"metric '{name}' must return {len(trial.explanations)} scores, one a map.")
    low, high = metric.range
    for one in scores:
        if one.value is not None and not low - _SLACK <= one.value <= high + _SLACK:
            raise PluginError(f"metric '{name}' returned {one.value}, outside its range {low} to {high}.")
    return list(scores)

"""A cheap verdict on each map: does it follow the class and the model, and how did its method stand?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, cast

import numpy as np

from xaibrain.core.explainer import Explainer
from xaibrain.core.metric import Trial
from xaibrain.core.model import Capability, Model, Randomisable
from xaibrain.core.records import Explanation
from xaibrain.errors import told
from xaibrain.pipeline import Outcome
from xaibrain.types import Heatmap, Targets

ALIKE = 0.9
"""Correlation from which on two maps count as the same."""

SEED = 0
"""Of the weights that are drawn anew: the same map gets the same verdict."""


class Check:
    """Gives every explanation a note `check`, made of two more maps of the same picture.

    - `class_sensitivity`: the correlation with the map for the other class that the model finds likeliest
      (`other`). After Sixt et al. 2020, When Explanations Lie, arXiv:1912.09818, random logit test.
    - `randomisation`: the correlation with the map for the same class of the model with the weights of its
      last layer that has any (`layer`) drawn anew. After Adebayo et al. 2018, Sanity Checks for Saliency
      Maps, arXiv:1810.03292, section 3.1, first stage.
    - `standing`: how the method at this layer stood on the last `xaibrain benchmark --choose` of this model.
    - `worries`: a sentence for each that speaks against trusting the map; empty if none does.

    Correlations are Pearson's, over the cells of the signed raw maps, −1 to 1; null where one of the maps is
    flat or non-finite. A part is null where it cannot be asked: the class of a target that is one class
    against another, a model that cannot be randomised or was not benchmarked.

    Args:
        model: The model that the explanations are of.
        explainers: Name to the method that made them.
    """

    def __init__(self, model: Model, explainers: Mapping[str, Explainer]) -> None:
        self._model, self._explainers = model, explainers

    def __call__(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Return the outcomes of a picture with a verdict on each map; failures as they are."""
        return [
            replace(one, notes={**one.notes, "check": self._verdict(one)})
            if isinstance(one, Explanation)
            else one
            for one in outcomes
        ]

    def _verdict(self, one: Explanation) -> dict[str, Any]:
        standing = self._standing(one)
        try:
            parts = {"class_sensitivity": self._by_class(one), "randomisation": self._by_weights(one)}
        # A method that cannot make the other maps has made this one all the same.
        except Exception as error:
            worry = f"it could not be checked: {told(error)}"
            return {
                "class_sensitivity": None,
                "randomisation": None,
                "standing": standing,
                "worries": [worry],
            }
        return {**parts, "standing": standing, "worries": _worries(one, **parts, standing=standing)}

    def _by_class(self, one: Explanation) -> dict[str, Any] | None:
        names = self._model.class_names
        if one.target not in names:
            return None
        other = max((name for name in names if name != one.target), key=lambda name: one.probabilities[name])
        targets = np.array([names.index(other)])
        return {"other": other, "correlation": self._correlation(one, self._model, targets)}

    def _by_weights(self, one: Explanation) -> dict[str, Any] | None:
        forgetful = self._forgetful
        needs: frozenset[Capability] = getattr(
            self._explainers[one.provenance.explainer], "requires", frozenset()
        )
        if forgetful is None or needs - forgetful[1].capabilities:
            return None
        layer, model = forgetful
        return {"layer": layer, "correlation": self._correlation(one, model, None)}

    def _correlation(self, one: Explanation, model: Model, targets: Targets | None) -> float | None:
        explainer = self._explainers[one.provenance.explainer]
        trial = Trial([one], self._model, explainer)
        [other] = explainer.explain(model, trial.images, trial.targets if targets is None else targets)
        return correlation(one.heatmap, other)

    @cached_property
    def _forgetful(self) -> tuple[str, Model] | None:
        if "randomise" not in self._model.capabilities:
            return None
        model = cast(Randomisable, self._model)
        last = model.weighted_layers[-1]
        return last, model.randomised([last], SEED)

    def _standing(self, one: Explanation) -> dict[str, Any] | None:
        found = getattr(self._model, "card", {}).get("recommendation")
        if not found or found["fingerprint"] != one.provenance.fingerprint:
            return None
        name = one.provenance.explainer
        standing = found["standings"].get(f"{name}@{one.layer}" if one.layer else name)
        return {"metric": found["criterion"], "dataset": found["dataset"], **standing} if standing else None


def correlation(first: Heatmap, second: Heatmap) -> float | None:
    """Return Pearson's correlation of two maps over their cells; None where one is flat or non-finite."""
    both = [np.asarray(one, np.float64).ravel() for one in (first, second)]
    if not all(np.isfinite(one).all() and one.min() < one.max() for one in both):
        return None
    return float(np.clip(np.asarray(np.corrcoef(both)).ravel()[1], -1, 1))


def _worries(
    one: Explanation,
    class_sensitivity: Mapping[str, Any] | None,
    randomisation: Mapping[str, Any] | None,
    standing: Mapping[str, Any] | None,
) -> list[str]:
    found = []
    if one.status != "ok":
        found.append(f"it is {one.status}")
    if class_sensitivity and (class_sensitivity["correlation"] or 0) >= ALIKE:
        found.append(f"it is nearly the same for {class_sensitivity['other']}")
    if randomisation and (randomisation["correlation"] or 0) >= ALIKE:
        found.append(f"it stays nearly the same when layer {randomisation['layer']} forgets what it learned")
    if standing and standing["beats_baselines"] is False:
        found.append(f"the method was not shown to beat the baselines on {standing['dataset']}")
    return found

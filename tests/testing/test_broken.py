"""Plugins that are broken on purpose, each in one way: the kit names the rule that is broken."""

from __future__ import annotations

import pytest
from broken_datasets import DATASETS, Pictures
from broken_explainers import EXPLAINERS, Double, Sound
from broken_metrics import METRICS, Mass
from broken_models import MODELS

from xaibrain.errors import UsageError
from xaibrain.testing import (
    BrokenRule,
    LinearModel,
    QuadraticModel,
    check_dataset,
    check_explainer,
    check_metric,
    check_model,
)

BROKEN = [
    *((check_explainer, *case) for case in EXPLAINERS),
    *((check_model, *case) for case in MODELS),
    *((check_dataset, *case) for case in DATASETS),
    *((check_metric, *case) for case in METRICS),
]


@pytest.mark.parametrize(
    ("check", "broken", "rule", "told"), BROKEN, ids=[case[1].__name__ for case in BROKEN]
)
def test_a_broken_plugin_is_told_the_rule(check, broken, rule, told):
    with pytest.raises(BrokenRule) as caught:
        check(broken(), examples=4)
    assert caught.value.rule == rule, caught.value
    assert str(caught.value).startswith(f"{rule}: ")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("check", "sound"),
    [(check_explainer, Sound), (check_model, LinearModel), (check_dataset, Pictures), (check_metric, Mass)],
)
def test_what_they_were_made_of_is_sound(check, sound):
    check(sound(), examples=4)


def test_a_rule_can_be_left_out_by_its_name():
    check_explainer(Double(), without=["dtype"])
    with pytest.raises(UsageError, match=r"No rule 'dtpye'. Did you mean 'dtype'\?"):
        check_explainer(Double(), without=["dtpye"])


def test_options_go_with_a_name():
    with pytest.raises(UsageError, match="baseline: give options with a name"):
        check_explainer(Sound(), baseline=3.0)


def test_a_model_that_cannot_answer_is_refused():
    model = QuadraticModel()
    model.capabilities = frozenset({"logits"})
    with pytest.raises(UsageError, match="asks for input-gradient, which 'quadratic' cannot answer"):
        check_explainer(Sound(), model=model)

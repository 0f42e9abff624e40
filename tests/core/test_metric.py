"""Scores are values or reasons; metrics are held to what they declare."""

import numpy as np
import pytest
from fakes import FakeModel
from maps import explained

from xaibrain import Metric, Score, Trial, load_metric, score
from xaibrain.core.manager import manager
from xaibrain.errors import ModelError, PluginError, UnknownNameError, UsageError

NAMES = [entry.spec.name for entry in manager().registry.entries("metric")]


class Given:
    """Returns what it was given."""

    higher_is_better = True
    needs = frozenset()
    range = (0.0, 1.0)

    def __init__(self, *scores):
        self._scores = scores

    def score(self, trial):
        return list(self._scores)


@pytest.mark.parametrize("wrong", [(float("nan"), ""), (float("inf"), ""), (None, ""), (1.0, "why")])
def test_a_score_is_a_value_or_a_reason(wrong):
    with pytest.raises(ValueError, match="score"):
        Score(*wrong)


@pytest.mark.parametrize("name", NAMES)
def test_every_metric_declares_itself(name):
    metric = load_metric(name)
    assert isinstance(metric, Metric)
    assert isinstance(metric.higher_is_better, bool)
    assert metric.needs <= {"mask", "model", "explainer"}
    low, high = metric.range
    assert low < high


@pytest.mark.parametrize("wrong", [(), (Score(0.5), Score(0.5)), (Score(1.1),), (Score(-0.1),), (0.5,)])
def test_what_breaks_the_contract_is_refused(wrong):
    with pytest.raises(PluginError, match="metric 'Given'"):
        score(explained(np.eye(2)), Given(*wrong))


def test_what_a_metric_asks_must_be_given():
    metric = Given(Score(1.0))
    metric.needs = frozenset({"model"})
    with pytest.raises(UsageError, match="asks the model; give model="):
        score(explained(np.eye(2)), metric)
    metric.requires = frozenset({"logits", "telepathy"})
    with pytest.raises(ModelError, match="'Given' needs telepathy, which 'fake' cannot answer"):
        score(explained(np.eye(2)), metric, model=FakeModel())
    for asked in ("model", "explainer"):
        with pytest.raises(UsageError, match=f"asks the {asked}"):
            getattr(Trial([]), asked)


def test_a_trial_shows_the_pictures_as_the_model_saw_them():
    made = [explained(np.eye(2), pixels=np.full((2, 2), grey, np.uint8), target="bright") for grey in (7, 9)]
    trial = Trial(made, FakeModel())
    assert trial.images.shape == (2, 4, 4, 1)
    assert trial.images[:, 0, 0, 0].tolist() == [7, 9]
    assert not trial.images.flags.writeable
    assert trial.targets.tolist() == [1, 1]
    with pytest.raises(UnknownNameError, match="No class 'ill'"):
        _ = Trial([explained(np.eye(2))], FakeModel()).targets


def test_no_maps_have_no_scores():
    assert score([], "iou") == []


def test_unknown_metrics_are_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match=r"Did you mean 'pointing-game'\? Run: xaibrain metrics"):
        load_metric("pointinggame")

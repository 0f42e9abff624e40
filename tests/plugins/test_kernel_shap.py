"""Kernel SHAP gives Shapley values: by definition, for additive games, and as the authors' library does."""

from itertools import combinations
from math import factorial

import numpy as np
import pytest
from analytic import Analytic, curved, drawn, linear

from xaibrain import load_explainer
from xaibrain.errors import UsageError
from xaibrain_perturbation.kernel_shap import coalitions_of, shapley_values
from xaibrain_perturbation.probe import Probe
from xaibrain_perturbation.segments import superpixels

TARGET = np.array([1])


def game_of(model, picture, count):
    """Return what a set of superpixels scores, the others being black, and where they lie."""
    segments = superpixels(Probe(model, picture, picture, TARGET, "logit", 1), count)

    def value(members):
        kept = np.isin(segments, list(members))[..., None]
        return model.score((picture.astype(np.float64) * kept)[None])[0]

    return value, segments


def shapley_by_definition(value, players):
    """Shapley 1953: Σ over coalitions S without i of |S|! (d − |S| − 1)! / d! · (v(S + i) − v(S))."""
    values = np.zeros(players)
    for i in range(players):
        others = [player for player in range(players) if player != i]
        for size in range(players):
            share = factorial(size) * factorial(players - size - 1) / factorial(players)
            for members in combinations(others, size):
                values[i] += share * (value({*members, i}) - value(members))
    return values


@pytest.mark.parametrize("count", [2, 4, 6, 9])
def test_all_coalitions_give_the_values_by_definition(count):
    picture, weights = drawn((24, 24, 3), seed=count)
    model = Analytic(curved(weights))
    value, segments = game_of(model, picture, count)
    explainer = load_explainer("kernel-shap", segments=count, samples=512, fill="black")
    found = explainer.explain(model, picture[None], TARGET)[0]
    wanted = shapley_by_definition(value, segments.max() + 1)[segments]
    assert np.abs(found - wanted).max() <= 1e-4 * np.abs(wanted).max()


def test_a_sample_of_coalitions_gives_an_additive_game_exactly():
    picture, weights = drawn((32, 32, 1))
    model = Analytic(linear(weights))
    segments = game_of(model, picture, 25)[1]
    assert 2 ** (segments.max() + 1) > 10_000
    explainer = load_explainer("kernel-shap", segments=25, samples=120, fill="black")
    found = explainer.explain(model, picture[None], TARGET)[0]
    wanted = np.bincount(segments.ravel(), (picture * weights).sum(axis=2).ravel())[segments]
    assert np.abs(found - wanted).max() <= 1e-4 * np.abs(wanted).max()


def test_a_sample_comes_closer_to_the_values_the_larger_it_is():
    picture, weights = drawn((24, 24, 3))
    model = Analytic(curved(weights))
    exact = load_explainer("kernel-shap", segments=9, samples=2**9).explain(model, picture[None], TARGET)
    errors = []
    for samples in (40, 400):
        values = [
            load_explainer("kernel-shap", segments=9, samples=samples, seed=seed).explain(
                model, picture[None], TARGET
            )
            for seed in range(20)
        ]
        assert np.abs(values[0] - values[1]).max() > 0
        errors.append(np.mean([np.abs(one - exact).max() for one in values]))
    assert errors[1] < errors[0] / 2
    assert errors[1] < 0.1 * np.abs(exact).max()


@pytest.mark.parametrize(("count", "samples"), [(6, 512), (25, 120)])
def test_values_add_up_to_what_the_picture_is_worth(count, samples):
    picture, weights = drawn((32, 32, 3), seed=1)
    model = Analytic(curved(weights))
    value, segments = game_of(model, picture, count)
    explainer = load_explainer("kernel-shap", segments=count, samples=samples, fill="black")
    found = explainer.explain(model, picture[None], TARGET)[0]
    total = sum(found[segments == one][0] for one in range(segments.max() + 1))
    worth = value(range(segments.max() + 1)) - value(())
    assert abs(total - worth) <= 1e-4 * abs(worth)


def test_sampled_coalitions_come_with_their_complements_as_often_as_the_kernel_says():
    coalitions, weights = coalitions_of(20, 20_001, 0)
    assert (coalitions[:10_000] + coalitions[10_000:] == 1).all()
    assert len(coalitions) == 20_000
    assert (weights == 1).all()
    sizes = np.arange(1, 20)
    odds = 1 / (sizes * (20 - sizes))
    found = np.bincount(coalitions.sum(axis=1).astype(int), minlength=20)[1:20] / len(coalitions)
    assert np.abs(found - odds / odds.sum()).max() < 0.015
    assert np.abs(coalitions.mean(axis=0) - 0.5).max() < 1e-6


def test_one_player_gets_all_there_is():
    coalitions, weights = coalitions_of(1, 512, 0)
    assert shapley_values(coalitions, weights, np.zeros(0), 2.0, 5.0).tolist() == [3.0]


@pytest.mark.filterwarnings("ignore")
def test_it_agrees_with_the_authors_library():
    shap = pytest.importorskip("shap")
    picture, weights = drawn((24, 24, 3))
    model = Analytic(curved(weights))
    value, segments = game_of(model, picture, 7)
    players = segments.max() + 1
    explainer = load_explainer("kernel-shap", segments=7, fill="black")
    found = explainer.explain(model, picture[None], TARGET)[0]
    theirs = shap.KernelExplainer(
        lambda rows: np.array([value(np.flatnonzero(row)) for row in rows]), np.zeros((1, players))
    )
    wanted = theirs.shap_values(np.ones(players), nsamples=1000, l1_reg=False, silent=True)
    assert np.abs(found - wanted[segments]).max() <= 1e-4 * np.abs(wanted).max()


@pytest.mark.parametrize("wrong", [{"segments": 1}, {"samples": 199}, {"seed": -1}, {"batch_size": 0}])
def test_parameters_that_do_not_work_are_refused(wrong):
    with pytest.raises(UsageError, match=f"kernel-shap: {next(iter(wrong))}="):
        load_explainer("kernel-shap", **wrong)

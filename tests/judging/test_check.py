"""Maps that follow neither class nor model are told apart from those that do."""

import dataclasses
import json

import numpy as np
import pytest
from networks import made, pictures

import xaibrain
from xaibrain import Failure
from xaibrain.inputs import items_of
from xaibrain.judging.check import Check, correlation
from xaibrain.pipeline import Pipeline

IMAGE = pictures(1)[0].astype(np.uint8)


class Picture:
    """Shows the picture, whatever the model and the class are."""

    def explain(self, model, images, targets):
        return images.mean(axis=3)


class Scores:
    """Shows the picture at the class's score, and another at the sum of all scores."""

    def explain(self, model, images, targets):
        logits = model.logits(images)
        maps = np.stack([images[..., 0] - 100, images[::-1, ::-1, :, 1] - 100], axis=-1)
        own = np.take_along_axis(logits, targets[:, None], axis=1)
        return (maps * np.stack([own, logits.sum(axis=1, keepdims=True)], axis=-1)[:, None]).sum(axis=-1)


class Flat:
    def explain(self, model, images, targets):
        return np.ones((len(images), 4, 4), np.float32)


class Twice:
    """Fails at its second map."""

    def __init__(self):
        self.asked = 0

    def explain(self, model, images, targets):
        self.asked += 1
        if self.asked > 1:
            raise RuntimeError("no more")
        return images[..., 0]


@pytest.fixture(scope="module")
def model():
    return xaibrain.wrap(made("functional"))


def outcome(model, explainer, target="predicted"):
    explainers = {"method": explainer}
    [outcomes] = Pipeline(model, explainers, target).run(items_of(IMAGE))
    return Check(model, explainers)(outcomes)[0]


def verdict(model, explainer, target="predicted"):
    return outcome(model, explainer, target).notes["check"]


def test_a_map_of_the_picture_alone_is_found_out(model):
    told = verdict(model, Picture())
    assert told["class_sensitivity"]["correlation"] == pytest.approx(1)
    assert told["randomisation"]["correlation"] == pytest.approx(1)
    assert told["standing"] is None
    assert len(told["worries"]) == 2
    assert "nearly the same for class_" in told["worries"][0]
    assert f"when layer {model.weighted_layers[-1]} forgets" in told["worries"][1]


def test_correlations_are_those_of_the_maps_themselves(model):
    one = outcome(model, Scores())
    told = one.notes["check"]
    images, names = model.preprocess(one.image)[0][None], model.class_names
    likeliest = sorted(names, key=lambda name: -one.probabilities[name])
    assert (one.target, told["class_sensitivity"]["other"]) == tuple(likeliest[:2])
    other = Scores().explain(model, images, np.array([names.index(likeliest[1])]))[0]
    expected = np.corrcoef(one.heatmap.ravel(), other.ravel())[0, 1]
    assert told["class_sensitivity"]["correlation"] == pytest.approx(expected, abs=1e-5)
    last = model.weighted_layers[-1]
    forgetful = model.randomised([last], 0)
    other = Scores().explain(forgetful, images, np.array([names.index(one.target)]))[0]
    expected = np.corrcoef(one.heatmap.ravel(), other.ravel())[0, 1]
    assert told["randomisation"] == {"layer": last, "correlation": pytest.approx(expected, abs=1e-5)}
    assert told == verdict(model, Scores())
    json.dumps(told)


def test_what_cannot_be_asked_is_null(model):
    told = verdict(model, Flat())
    assert (told["class_sensitivity"]["correlation"], told["worries"]) == (None, ["it is constant"])
    assert verdict(model, Picture(), "class_0:class_1")["class_sensitivity"] is None
    told = verdict(model, Twice())
    assert (told["randomisation"], told["worries"]) == (
        None,
        ["it could not be checked: RuntimeError: no more"],
    )
    failure = Failure("a", "a", "cannot be read")
    assert Check(model, {})([failure]) == [failure]


def test_correlation_of_flat_and_broken_maps():
    ramp = np.arange(6.0).reshape(2, 3)
    assert correlation(ramp, 5 - 2 * ramp) == pytest.approx(-1)
    assert correlation(ramp, np.ones((2, 3))) is None
    assert correlation(ramp, np.where(ramp > 4, np.inf, ramp)) is None


def test_the_standing_on_the_last_benchmark_is_told(model):
    class Benchmarked:
        def __init__(self, fingerprint):
            standing = {"rank": 4, "mean": 0.1, "beats_baselines": False}
            told = {"criterion": "relevance-mass", "dataset": "mine", "standings": {"method": standing}}
            self.card = {"recommendation": {"fingerprint": fingerprint, **told}}

        def __getattr__(self, name):
            return getattr(model, name)

    told = verdict(Benchmarked(model.fingerprint), Scores())
    assert (told["standing"]["rank"], told["standing"]["dataset"]) == (4, "mine")
    assert told["worries"][-1] == "the method was not shown to beat the baselines on mine"
    assert verdict(Benchmarked("other weights"), Scores())["standing"] is None


def test_other_notes_stay(model):
    explainers = {"method": Picture()}
    [[one]] = Pipeline(model, explainers).run(items_of(IMAGE))
    [checked] = Check(model, explainers)([dataclasses.replace(one, notes={"mine": 1})])
    assert checked.notes["mine"] == 1
    assert "check" in checked.notes


def test_the_command_says_what_speaks_against_a_map(run, tmp_path):
    path = tmp_path / "small.keras"
    made("functional").save(path)
    asked = ("explain", "-d", "phantom", "-s", "dataset.size=64", "-n", 2, "-m", path)
    code, _, err = run(*asked, "-e", "baseline-edges", "--check")
    assert code == 0, err
    assert err.count("it is nearly the same for class_") == 2
    lines = (tmp_path / "xaibrain-out" / "explanations.jsonl").read_text("utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    assert all(len(record["notes"]["check"]["worries"]) == 2 for record in records)

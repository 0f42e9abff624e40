"""A benchmark ranks what it should, says how sure it is, and goes on after a kill."""

import csv
import json
from dataclasses import dataclass

import numpy as np
import pytest
from columns import At, Pictures, judged
from fakes import FakeModel

import xaibrain
from xaibrain import Score
from xaibrain.errors import InputError, ModelError, OutputError, UsageError
from xaibrain.judging import plan


@dataclass(frozen=True)
class AtLayer(At):
    """The same, with a layer to read."""

    layer: str = "auto"


class Failing:
    """Cannot explain bright pictures."""

    def explain(self, model, images, targets):
        if images.mean() > 150:
            raise RuntimeError("too bright")
        return At().explain(model, images, targets)


class Counting:
    """Scores a map by its picture, and remembers how often it was asked."""

    higher_is_better = False
    needs = frozenset()
    range = (0.0, 255.0)

    def __init__(self):
        self.asked = 0

    def score(self, trial):
        self.asked += len(trial.explanations)
        return [Score(float(one.image.pixels[0, 0])) for one in trial.explanations]


def test_the_better_method_comes_first_with_what_its_maps_score():
    found = judged(metrics=("relevance-mass", "entropy"))
    good, bad = found.rankings["relevance-mass"].standings
    assert (good.name, good.rank, bad.name, bad.rank) == ("good", 1, "bad", 2)
    # 4 cells over 8 pixels: 1, 7/8 … of the first column's relevance fall to the lesion's two pixels.
    assert good.mean.value == pytest.approx((1 + 0.75) / (1 + 0.75 + 0.25))
    assert good.mean.low == good.mean.high == pytest.approx(good.mean.value)
    assert bad.mean.value == 0
    assert (good.mean.pictures, good.undefined) == (6, {"the mask is empty": 2})
    assert {label: mean.pictures for label, mean in good.classes.items()} == {"dark": 4, "bright": 2}
    assert [one.rank for one in found.rankings["entropy"].standings] == [1, 1]
    assert found.rankings["entropy"].standings[0].undefined == {}


def test_lower_comes_first_where_lower_is_better():
    class Half(Counting):
        def score(self, trial):
            return [Score(float(one.heatmap[0, 0])) for one in trial.explanations]

    first, second = judged(metrics={"low": Half()}).rankings["low"].standings
    assert (first.name, first.mean.value, second.mean.value) == ("bad", 0, 1)


def test_methods_are_held_against_the_best_baseline(monkeypatch):
    methods = {"good": At(0), "same": At(1), "baseline-centre": At(1), "baseline-random": At(3)}
    ranking = judged(methods=methods).rankings["relevance-mass"]
    assert ranking.best_baseline == "baseline-centre"
    told = {one.name: (one.baseline, one.beats_baselines) for one in ranking.standings}
    assert told == {
        "good": (False, True),
        "same": (False, False),
        "baseline-centre": (True, None),
        "baseline-random": (True, None),
    }
    good = ranking.standings[0]
    assert good.margin.value == pytest.approx(good.mean.value - ranking.standings[1].mean.value)
    assert good.margin.pictures == 6


def test_a_gain_within_chance_is_not_called_one():
    """Better by 0.1 on average and worse by 1 on some: the interval of the margin reaches below 0."""

    class Given(Counting):
        range = (0.0, 2.0)
        higher_is_better = True

        def score(self, trial):
            base = trial.explanations[0].provenance.explainer == "baseline-centre"
            gains = [0.5, -1.0, 0.6, -0.4, 0.5, 0.4]
            return [Score(1.0 if base else 1.0 + gains[int(one.image.id[0])]) for one in trial.explanations]

    methods = {"baseline-centre": At(0), "other": At(1)}
    first = judged(Pictures(6), methods, {"given": Given()}).rankings["given"].standings[0]
    assert first.name == "other"
    assert first.margin.value == pytest.approx(0.1)
    assert first.margin.low < 0 < first.margin.high
    assert first.beats_baselines is False


def test_installed_baselines_take_part(monkeypatch):
    monkeypatch.setattr(plan, "BASELINES", ("gradcam", "nowhere"))
    assert plan.baselines() == ["gradcam"]


def test_pictures_of_a_group_are_one_piece_of_evidence():
    widths = []
    for groups in (None, ["a"] * 4 + ["b"] * 4):
        found = judged(Pictures(groups=groups), metrics={"grey": Counting()})
        mean = found.rankings["grey"].standings[0].mean
        assert mean.value == 70
        widths.append(mean.high - mean.low)
    assert (mean.low, mean.high) == (30, 110)
    assert widths[1] > widths[0]


def test_every_layer_is_a_row():
    class Layered(FakeModel):
        def choose_layer(self, layer):
            return xaibrain.LayerChoice({"auto": "body/top"}.get(layer, layer), "")

    found = xaibrain.benchmark(
        Pictures(2), model=Layered(), explainers={"deep": AtLayer(), "flat": At()},
        layers=("auto", "body/top", "low", "low,auto"), metrics=("entropy",), with_baselines=False,
    )  # fmt: skip
    rows = {(one.name, one.layer) for one in found.rankings["entropy"].standings}
    fused = "low,body/top"
    assert rows == {
        ("deep@body/top", "body/top"),
        ("deep@low", "low"),
        (f"deep@{fused}", fused),
        ("flat", None),
    }


def test_what_fails_is_told_and_the_rest_is_judged(tmp_path):
    methods = {"good": At(0), "failing": Failing()}
    found = judged(Pictures(10, broken=[2]), methods, ("entropy",), output=tmp_path / "out", batch_size=4)
    errors = [error for one in found.judged for error in one.errors]
    assert errors[0] == "2.png: cannot be read."
    assert errors[1:] == [f"{index}.png: failing: RuntimeError: too bright" for index in (8, 9)]
    standing = {one.name: one for one in found.rankings["entropy"].standings}
    assert standing["good"].mean.pictures == 9
    assert (standing["failing"].mean.pictures, standing["failing"].undefined) == (7, {"failed": 2})
    assert errors[0] in (tmp_path / "out" / "benchmark.md").read_text("utf-8")


def test_a_metric_that_raises_loses_only_what_it_raised_at():
    class Picky(Counting):
        def score(self, trial):
            if any(one.image.id == "3.png" for one in trial.explanations):
                raise ValueError("not this one")
            return super().score(trial)

    found = judged(metrics={"picky": Picky()})
    assert found.rankings["picky"].standings[0].undefined == {"failed": 1}
    told = "picky: ValueError: not this one"
    assert found.judged[3].errors == [f"3.png: good: {told}", f"3.png: bad: {told}"]


class Killed(KeyboardInterrupt):
    pass


def killed_at(picture):
    def said(what, done, total):
        if done >= picture:
            raise Killed

    return said


def scores_of(found):
    return [(one.id, one.scores) for one in found.judged]


def test_a_killed_benchmark_goes_on_where_it_stopped(tmp_path):
    counting = Counting()
    settings = {
        "metrics": {"grey": counting, "mass": xaibrain.load_metric("relevance-mass")},
        "batch_size": 2,
    }
    with pytest.raises(Killed):
        judged(output=tmp_path / "out", said=killed_at(4), **settings)
    assert not (tmp_path / "out").exists()
    with (tmp_path / ".out.partial" / "scores.jsonl").open("a") as file:
        file.write('{"id": "4.png", "cut sh')
    asked = counting.asked
    found = judged(output=tmp_path / "out", **settings)
    assert counting.asked - asked == 2 * 4
    assert scores_of(found) == scores_of(judged(**settings))
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    names = {"benchmark.json", "benchmark.md", "benchmark.png", "scores.csv"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == names


@pytest.mark.parametrize(
    "changed",
    [
        {"methods": {"good": At(1), "bad": At(3)}},
        {"target": "predicted"},
        {"metrics": {"grey": Counting(), "iou": xaibrain.load_metric("iou")}},
        {"metrics": {"grey": Counting(), "iou": xaibrain.load_metric("iou", threshold=0.2)}},
    ],
)
def test_a_changed_benchmark_never_mixes_with_the_old_one(tmp_path, changed):
    metrics = {"grey": Counting(), "iou": xaibrain.load_metric("iou", threshold=0.3)}
    with pytest.raises(Killed):
        judged(metrics=metrics, output=tmp_path / "out", said=killed_at(4), batch_size=2)
    counting = changed.get("metrics", metrics)["grey"]
    counting.asked = 0
    with pytest.raises(OutputError, match="a benchmark with other settings was interrupted here"):
        judged(**{"metrics": metrics, **changed}, output=tmp_path / "out")
    assert not counting.asked
    judged(**{"metrics": metrics, **changed}, output=tmp_path / "out", overwrite=True)
    assert counting.asked == 2 * 8


def test_a_changed_picture_or_mask_is_judged_again(tmp_path):
    class Moved(Pictures):
        def __getitem__(self, index):
            image = super().__getitem__(index)
            if index == 0:
                image.mask[:] = image.mask[:, ::-1].copy()
            if index == 1:
                image.pixels[:] += 1
            return image

    counting = Counting()
    with pytest.raises(Killed):
        judged(metrics={"grey": counting}, output=tmp_path / "out", said=killed_at(4), batch_size=2)
    counting.asked = 0
    judged(Moved(), metrics={"grey": counting}, output=tmp_path / "out")
    assert counting.asked == 2 * (4 + 2)


def test_a_folder_that_holds_something_is_not_replaced_unasked(tmp_path):
    judged(output=tmp_path / "out")
    with pytest.raises(OutputError, match="holds a benchmark already; add --overwrite"):
        judged(output=tmp_path / "out")
    judged(output=tmp_path / "out", overwrite=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="holds other files"):
        judged(output=tmp_path / "other", overwrite=True)


def test_the_files_say_what_was_found(tmp_path):
    methods = {"good": At(0), "baseline-centre": At(3)}
    found = judged(methods=methods, metrics=("relevance-mass", "pointing-game"), output=tmp_path / "out")
    record = json.loads((tmp_path / "out" / "benchmark.json").read_text("utf-8"))
    assert (record["pictures"], record["labels"]) == (8, {"bright": 4, "dark": 4})
    first = record["rankings"]["relevance-mass"]["standings"][0]
    assert first["mean"]["value"] == found.rankings["relevance-mass"].standings[0].mean.value
    with (tmp_path / "out" / "scores.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 8 * 2 * 2
    mine = [row for row in rows if (row["method"], row["metric"]) == ("good", "relevance-mass")]
    values = [float(row["value"]) for row in mine if row["value"]]
    assert np.mean(values) == pytest.approx(first["mean"]["value"])
    assert [row["undefined"] for row in mine if not row["value"]] == ["the mask is empty"] * 2
    page = (tmp_path / "out" / "benchmark.md").read_text("utf-8")
    assert "| 1 | good | – | 0.875 [0.875, 0.875] | 6 | 0.875 [0.875, 0.875] | yes |" in page
    assert (
        "| 2 | baseline-centre | – | 0.000 [0.000, 0.000] | 6 |  | baseline | 2 × the mask is empty |" in page
    )


@pytest.mark.parametrize(
    ("wrong", "error", "told"),
    [
        ({"methods": {"a": At(9)}, "metrics": ()}, UsageError, "needs an explainer, a metric"),
        ({"target": "all"}, UsageError, "one class a picture"),
        ({"target": "gloomy"}, UsageError, "No target 'gloomy'"),
        ({"metrics": ("iuo",)}, UsageError, "Did you mean 'iou'"),
        ({"limit": 0}, UsageError, "must be 1 or more"),
        ({"dataset": Pictures(2, broken=[0, 1])}, InputError, "No picture could be judged: 0.png: cannot"),
    ],
)
def test_what_cannot_be_done_is_refused(wrong, error, told):
    with pytest.raises(error, match=told):
        judged(**wrong)


def test_what_the_model_cannot_answer_is_refused_before_any_work():
    metric = Counting()
    metric.requires = frozenset({"telepathy"})
    with pytest.raises(ModelError, match="'odd' needs telepathy"):
        judged(metrics={"odd": metric})
    assert metric.asked == 0

"""The same records whoever explains, and wherever."""

import json
import logging
import pickle
from functools import partial
from threading import Event

import numpy as np
import PIL.Image
import pytest
from fakes import FakeModel

import xaibrain
from xaibrain import load_executor, load_explainer
from xaibrain.core.records import Explanation, Failure, Kept, Lost
from xaibrain.inputs import Item, items_of
from xaibrain.running import Bench, Recipe
from xaibrain.running import run as run_on

MODEL = "phantom-efficientnet"


@pytest.fixture
def scans(tmp_path):
    """Five phantom slices as PNG, and a file that is none."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for index, image in enumerate(xaibrain.load_dataset("phantom", count=5, seed=9)):
        PIL.Image.fromarray(image.pixels).save(folder / f"scan {index}.png")
    (folder / "scan 2b.png").write_text("no picture")
    return folder


def records_of(folder):
    lines = (folder / "explanations.jsonl").read_text("utf-8").splitlines()
    return [{**json.loads(line), "seconds": 0} for line in lines]


def test_workers_write_the_records_that_one_process_writes(run, tmp_path, scans):
    asked = ["explain", scans, "-m", MODEL, "-e", "gradcam", "-e", "baseline-edges", "--batch-size", 2]
    assert run(*asked, "-o", "here")[0] == 1
    code, out, err = run(*asked, "-o", "there", "--executor", "processes", "--workers", 2)
    assert (code, len(err.splitlines())) == (1, 1)
    assert "10 maps, 1 failed" in out
    here, there = records_of(tmp_path / "here"), records_of(tmp_path / "there")
    for one, other in zip(here, there, strict=True):
        if one["error"]:
            assert one == other
            continue
        maps = [np.load(tmp_path / name / one["heatmap"]) for name in ("here", "there")]
        # How many cores an engine has changes the order of its sums.
        np.testing.assert_allclose(*maps, rtol=1e-3, atol=1e-5 * np.abs(maps[0]).max())
        assert one.pop("probabilities") == pytest.approx(other.pop("probabilities"), abs=1e-5)
        assert one == other


def test_a_recipe_is_sent_without_what_was_made_of_it(scans):
    recipe = Recipe(MODEL, {}, {"gradcam": load_explainer("gradcam")}, "predicted")
    made = recipe.pipeline
    sent = pickle.dumps(recipe)
    assert len(sent) < 1000
    assert pickle.loads(sent).pipeline is not made
    assert recipe.pipeline is made


def test_what_is_done_is_kept_and_a_changed_picture_is_not(scans):
    recipe = Recipe(MODEL, {}, {"gradcam": load_explainer("gradcam")}, "predicted")
    items = items_of(str(scans))
    first = [items[index].read() for index in (0, 1)]
    done = {first[0].id: first[0].sha256, first[1].id: "of another picture"}
    found = list(run_on(load_executor("local"), recipe, items, 2, done))
    kinds = [type(one) if isinstance(one, Kept) else type(one[0]) for one in found]
    assert kinds == [Kept, Explanation, Explanation, Failure, Explanation, Explanation]
    assert found[0] == Kept(first[0].id)


class Fed(FakeModel):
    """Is fed two pictures at a time, and notes what happens in which order."""

    def __init__(self, fails="never"):
        super().__init__()
        self.fails, self.events, self.known = fails, [], []

    def preprocess(self, image):
        self.events.append(f"read {image.id}")
        return super().preprocess(image)

    def feed(self, write, count):
        inputs = np.empty((count, 4, 4, 1), np.float32)
        done = 0
        while written := write(inputs[done : done + 2]):
            self.events.append(f"run {written}")
            done += written
            if self.fails == "early":
                raise MemoryError("no room")
        batch = inputs[:done].copy()
        self.known.append(batch)

        def finish():
            if self.fails == "late":
                raise MemoryError("no room")
            return batch

        return finish

    def logits(self, images):
        found = super().logits(images)
        if any(images is batch for batch in self.known):
            self.asked.pop()
        return found


def worked_on(model, items, done=()):
    explainers = {"edges": load_explainer("baseline-edges")}
    work = Bench(Recipe("fake", {}, explainers, "predicted", loaded=model), dict(done))
    read = work.read(items)
    before = list(getattr(model, "events", []))
    return work.explain(read), before


def test_a_model_that_can_be_fed_begins_while_pictures_are_read(scans):
    model, items = Fed(), items_of(str(scans))
    plain, _ = worked_on(FakeModel(), items)
    kept = (items[0].id, items[0].read().sha256)
    found, events = worked_on(model, items, [kept])
    one, two, three, four = (f"read scan {number}.png" for number in (1, 2, 3, 4))
    assert events == [one, two, "run 2", three, four, "run 2"]
    assert model.asked == []
    assert found[0] == Kept(items[0].id)
    for now, [fed], [given] in zip(items[1:], found[1:], plain[1:], strict=True):
        assert type(fed) is type(given), now.id
        if isinstance(fed, Explanation):
            assert fed.probabilities == given.probabilities
            assert (fed.heatmap == given.heatmap).all()
    assert [type(one) for [one] in plain].count(Failure) == 1


@pytest.mark.parametrize("fails", ["early", "late"])
def test_what_a_model_fails_at_when_it_is_fed_is_asked_again(scans, fails):
    model, items = Fed(fails), items_of(str(scans))
    found, _ = worked_on(model, items)
    assert [type(one) for [one] in found].count(Explanation) == 5
    assert [event for event in model.events if event.startswith("read")] == [
        f"read scan {number}.png" for number in range(5)
    ]
    assert model.asked == [5]


def test_where_no_picture_is_ready_no_model_is_asked(scans):
    model, [item] = Fed(), [item for item in items_of(str(scans)) if "2b" in item.id]
    [[found]], _ = worked_on(model, [item])
    assert isinstance(found, Failure)
    assert model.asked == []


def test_a_model_that_cannot_be_fed_is_asked_when_it_comes_to_it(scans):
    model = FakeModel()
    explainers = {"edges": load_explainer("baseline-edges")}
    work = Bench(Recipe("fake", {}, explainers, "predicted", loaded=model), {})
    read = work.read(items_of(str(scans))[:2])
    assert model.asked == []
    assert [type(one) for [one] in work.explain(read)] == [Explanation, Explanation]
    assert model.asked == [2]


class Careless:
    """An executor that loses every other picture."""

    def run(self, prepare, chunks):
        work = prepare()
        for chunk in chunks:
            found = work.explain(work.read(chunk))
            yield [Lost("the worker died, 2 times") if at % 2 else one for at, one in enumerate(found)]


def test_a_picture_that_is_lost_is_a_failure_that_says_why(scans):
    recipe = Recipe(MODEL, {}, {"gradcam": load_explainer("gradcam")}, "predicted")
    items = items_of([xaibrain.read_image(scans / f"scan {index}.png") for index in range(3)])
    found = [one for outcomes in run_on(Careless(), recipe, items, 3, {}) for one in outcomes]
    assert [type(one) for one in found] == [Explanation, Failure, Explanation]
    assert found[1].id == "scan 1.png"
    assert found[1].error.startswith("scan 1.png: the worker died, 2 times; ")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["--executor", "proceses"],
            "No executor 'proceses'. Did you mean 'processes'? Run: xaibrain executors",
        ),
        (["--workers", 2], "No parameter of 'local' 'workers'."),
        (["--timeout", 2], "No parameter of 'local' 'timeout'."),
        (["--executor", "processes", "--address", "a:1"], "No parameter of 'processes' 'address'."),
    ],
)
def test_what_an_executor_does_not_have_is_told_before_anything_is_loaded(run, tmp_path, arguments, line):
    code, out, err = run("explain", *arguments)
    assert (code, out, line in err) == (2, "", True), err
    assert list(tmp_path.iterdir()) == []


def test_a_picture_that_takes_very_long_to_read_is_named_once(scans, monkeypatch, caplog):
    monkeypatch.setattr("xaibrain.lingering.PATIENCE", 0.2)
    slow, quick = (str(scans / f"scan {index}.png") for index in (3, 1))
    told = Event()

    class Slow(logging.Handler):
        def emit(self, record):
            told.set()

    handler = Slow()
    logging.getLogger("xaibrain").addHandler(handler)
    items = [
        Item(path, path, partial(read_when, path, told if path == slow else None)) for path in (quick, slow)
    ]
    recipe = Recipe(MODEL, {}, {"centre": load_explainer("baseline-centre")}, "predicted")
    found = list(run_on(load_executor("local"), recipe, items, 2, {}))
    logging.getLogger("xaibrain").removeHandler(handler)
    assert [type(one[0]) for one in found] == [Explanation, Explanation]
    [said] = caplog.messages
    assert said.startswith(f"Waiting for {slow} for 0 s; give such pictures up with --executor processes")


def read_when(path, told):
    """Hang until that was noticed."""
    if told:
        assert told.wait(60)
    return xaibrain.read_image(path)

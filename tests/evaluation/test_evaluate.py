"""Which pictures are scored, what the model has seen of them, and what comes out."""

import csv
import dataclasses
import io
import json

import numpy as np
import PIL.Image
import pytest
from fakes import FakeModel

import xaibrain
from xaibrain.errors import DatasetError, UsageError
from xaibrain.evaluation.choice import chosen
from xaibrain.evaluation.evaluate import evaluate
from xaibrain.evaluation.folder import mistakes, some, write_evaluation
from xaibrain.evaluation.report import csv_of, markdown_of, record_of


class Checkpoint(FakeModel):
    """Two classes that brightness tells apart, with a card."""

    def __init__(self, held_out=(), pictures=0, temperature=1.0):
        super().__init__()
        self.temperature = temperature
        self.card = {"split": {"held_out": list(held_out), "pictures": pictures}} if held_out else {}

    def logits(self, images):
        return super().logits(images) / 60

    def probabilities(self, logits):
        return super().probabilities(logits / self.temperature)


@pytest.fixture(scope="module")
def scans(tmp_path_factory):
    """Twenty pictures of two classes; some are copies of others, and four are brighter than their class."""
    folder = tmp_path_factory.mktemp("scans")
    for index, image in enumerate(xaibrain.load_dataset("phantom", count=20, seed=9, size=128)):
        label = "bright" if index % 2 else "dark"
        lift = 140 if (index % 2) ^ (index in (4, 5, 6, 7)) else 0
        place = folder / label / f"{index:02d}.png"
        place.parent.mkdir(exist_ok=True)
        picture = PIL.Image.fromarray((image.pixels * 0.4 + lift).astype(np.uint8))
        picture.save(place)
        if index == 1:
            (folder / label / "01-same.png").write_bytes(place.read_bytes())
        if index == 2:
            picture.resize((100, 100)).save(folder / label / "02-small.jpg", quality=80)
    return folder


@pytest.fixture(scope="module")
def dataset(scans):
    return xaibrain.load_dataset("folder", path=str(scans))


HELD = (
    "bright/01-same.png",
    "bright/03.png",
    "bright/05.png",
    "dark/02-small.jpg",
    "dark/04.png",
    "dark/06.png",
)


def test_the_default_is_what_the_checkpoint_held_out(dataset):
    found = evaluate(dataset, model=Checkpoint(HELD, 22))
    assert found.on == "held-out"
    assert found.predictions.ids == HELD
    assert [found.class_names[label] for label in found.predictions.labels] == [
        id.split("/")[0] for id in HELD
    ]


def test_planted_copies_are_warned_of(dataset):
    found = evaluate(dataset, model=Checkpoint(HELD, 22))
    same, near = sorted(found.exposure.copies, key=lambda copy: copy.id)
    assert (same.id, same.twin, same.identical) == ("bright/01-same.png", "bright/01.png", True)
    assert (near.id, near.twin, near.identical) == ("dark/02-small.jpg", "dark/02.png", False)
    assert found.exposure.compared == found.exposure.trained == 16
    assert found.warning == (
        "2 of the 6 pictures were seen in training (1 equal to the byte to one that was, "
        "1 near-duplicate of one that was): the scores measure memory too."
    )
    assert found.unseen.pictures == 4
    assert found.warning in markdown_of(found, [])
    assert record_of(found)["warning"] == found.warning


def test_pictures_that_were_trained_on_are_counted(dataset):
    found = evaluate(dataset, model=Checkpoint(HELD, 22), on="all")
    assert len(found.exposure.trained_on) == 16
    assert "18 of the 22 pictures were seen in training (16 trained on" in found.warning
    # Of the four that were not seen, two are right.
    assert found.unseen.pictures == 4
    assert found.unseen.accuracy.value == 0.25


def test_nothing_is_known_of_other_models(dataset):
    for model in (Checkpoint(), Checkpoint(["elsewhere/1.png"], 5)):
        found = evaluate(dataset, model=model)
        assert (found.on, found.exposure, found.unseen, found.warning) == ("all", None, None, "")
        assert "not known" in markdown_of(found, [])


def test_copies_fall_into_one_group_and_scores_are_those_of_the_rows(dataset):
    found = evaluate(dataset, model=Checkpoint())
    groups = dict(zip(found.predictions.ids, found.predictions.groups, strict=True))
    assert groups["bright/01.png"] == groups["bright/01-same.png"] != groups["bright/03.png"]
    assert groups["dark/02.png"] == groups["dark/02-small.jpg"]
    rows = list(csv.DictReader(io.StringIO(csv_of(found))))
    assert len(rows) == found.scores.pictures == 22
    right = [row["label"] == row["predicted"] for row in rows]
    assert found.scores.accuracy.value == np.mean(right) == 18 / 22
    for row in rows:
        assert float(row["dark"]) + float(row["bright"]) == pytest.approx(1, abs=1e-5)
        assert row["predicted"] == max(("dark", "bright"), key=lambda name: float(row[name]))


def test_a_stored_temperature_changes_what_is_shown_and_not_what_is_fitted(dataset):
    plain = evaluate(dataset, model=Checkpoint())
    scaled = evaluate(dataset, model=Checkpoint(temperature=2.0))
    np.testing.assert_allclose(scaled.predictions.unscaled, plain.predictions.probabilities, atol=1e-6)
    np.testing.assert_array_equal(scaled.predictions.logits, plain.predictions.logits)
    assert scaled.calibration.temperature.value == pytest.approx(plain.calibration.temperature.value, 1e-3)
    assert scaled.scores.log_loss.value != pytest.approx(plain.scores.log_loss.value, 1e-3)
    assert plain.calibration.before is plain.scores
    assert scaled.calibration.before.log_loss.value == pytest.approx(plain.scores.log_loss.value, 1e-5)
    assert "as stored, at 2.000" in markdown_of(scaled, [])


def test_the_record_is_json_without_nan(dataset):
    found = evaluate(dataset, model=Checkpoint(HELD, 22))
    record = json.loads(json.dumps(record_of(found), allow_nan=False))
    assert record["scores"]["accuracy"]["value"] == pytest.approx(found.scores.accuracy.value)
    assert record["scores"]["ece"]["low"] is None
    assert record["scores"]["confusion"] == found.scores.confusion.tolist()
    assert record["exposure"]["copies"][0]["twin"].startswith(("bright", "dark"))


def test_the_original_split_is_that_of_the_ids():
    ids = ["Training/a/1.png", "Testing/a/2.png", "test/b/3.png", "other/b/4.png"]
    assert chosen(ids, "original", frozenset(), 0) == ("original", [1, 2])


def test_the_random_split_takes_its_share_and_follows_the_seed():
    ids = [str(index) for index in range(200)]
    one, same, other = (chosen(ids, "random", frozenset(), seed)[1] for seed in (0, 0, 1))
    assert one == same != other
    assert len(set(one)) == 30


@pytest.mark.parametrize(
    ("on", "ids", "line"),
    [
        ("held-out", ["a", "b"], "its card does not say"),
        ("original", ["a", "b"], "tell no test split"),
        ("random", ["a"], "too few"),
        ("heldout", ["a"], "give one of: held-out"),
    ],
)
def test_a_choice_of_nothing_is_said(on, ids, line):
    with pytest.raises(UsageError, match=line):
        chosen(ids, on, frozenset(), 0)


def test_a_folder_of_splits_is_scored_by_its_classes(scans, tmp_path):
    for split in ("train", "test"):
        for label in ("dark", "bright"):
            (tmp_path / split / label).mkdir(parents=True)
            (tmp_path / split / label / "x.png").write_bytes((scans / "dark" / "08.png").read_bytes())
    found = evaluate(xaibrain.load_dataset("folder", path=str(tmp_path)), model=Checkpoint(), on="original")
    assert found.predictions.ids == ("test/bright/x.png", "test/dark/x.png")
    assert found.scores.accuracy.value == 0.5


def test_pictures_that_cannot_be_read_are_told_and_count_nowhere(scans, tmp_path):
    (tmp_path / "dark").mkdir()
    (tmp_path / "bright").mkdir()
    (tmp_path / "dark" / "a.png").write_bytes((scans / "dark" / "08.png").read_bytes())
    (tmp_path / "bright" / "b.png").write_text("no picture")
    found = evaluate(xaibrain.load_dataset("folder", path=str(tmp_path)), model=Checkpoint())
    assert [failure.id for failure in found.failures] == ["bright/b.png"]
    assert found.scores.pictures == 1
    assert found.calibration is None
    assert "bright/b.png" in markdown_of(found, [])
    (tmp_path / "dark" / "a.png").write_text("no picture")
    with pytest.raises(DatasetError, match="None of the 2 chosen pictures"):
        evaluate(xaibrain.load_dataset("folder", path=str(tmp_path)), model=Checkpoint())


def test_a_batch_that_does_not_fit_is_halved(dataset):
    model = Checkpoint()
    model._largest = 3
    found = evaluate(dataset, model=model, batch_size=8)
    assert (found.scores.pictures, found.failures) == (22, ())


@pytest.mark.parametrize(
    ("label", "line"), [(None, "has no label"), ("grey", "'grey' is no class of 'fake', whose classes are")]
)
def test_labels_must_be_classes_of_the_model(label, line):
    class Labelled(list):
        class_names = ("grey",)
        default_model = None

    pictures = Labelled([xaibrain.Image(np.eye(64, dtype=np.uint8), "one", label=label)])
    with pytest.raises(DatasetError, match=line):
        evaluate(pictures, model=Checkpoint())


def test_a_dataset_that_does_not_list_its_ids_is_read_for_them(dataset):
    class Plain(list):
        class_names = dataset.class_names
        default_model = None

    listed = evaluate(Plain(dataset), model=Checkpoint(HELD, 22))
    assert listed.predictions.ids == HELD
    assert listed.dataset == "Plain"


def test_what_cannot_be_meant_is_said_before_work(dataset):
    with pytest.raises(UsageError, match="batch_size=0"):
        evaluate(dataset, model=Checkpoint(), batch_size=0)
    with pytest.raises(UsageError, match="is no xaibrain model"):
        evaluate(dataset, model=object())


def test_galleries_show_the_surest_mistakes_once_and_every_class(dataset):
    found = evaluate(dataset, model=Checkpoint())
    wrong = mistakes(found)
    surest = found.predictions.probabilities[wrong].max(axis=1)
    assert sorted(found.predictions.ids[place] for place in wrong) == [
        "bright/05.png", "bright/07.png", "dark/04.png", "dark/06.png",
    ]  # fmt: skip
    assert (np.diff(surest) <= 0).all()
    twins = dataclasses.replace(found.predictions, groups=np.zeros(22, int))
    assert len(mistakes(dataclasses.replace(found, predictions=twins))) == 1
    assert sorted(some(found)) == list(range(22))


def test_the_folder_holds_what_the_page_links_to(dataset, tmp_path):
    card = {"split": {"held_out": list(HELD)}, "curves": {"loss": [2.0, 1.0], "accuracy": [0.3, 0.8]}}
    model = Checkpoint()
    model.card = card
    names = write_evaluation(evaluate(dataset, model=model, on="all"), tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(names)
    page = (tmp_path / "out" / "evaluation.md").read_text()
    figures = [name for name in names if name.endswith(".png")]
    assert len(figures) == 5
    for name in figures:
        assert f"]({name})" in page
        with PIL.Image.open(tmp_path / "out" / name) as drawn:
            assert len(np.unique(np.asarray(drawn.convert("L")))) > 20

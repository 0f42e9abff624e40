"""A stored temperature changes what is shown, and nothing else."""

import dataclasses
import shutil
import zipfile

import keras
import numpy as np
import pytest
from networks import functional, one_unit, pictures, shaken

import xaibrain
from xaibrain.errors import ModelError, OutputError, UsageError
from xaibrain.evaluation.evaluate import evaluate
from xaibrain.evaluation.storing import checkpoint_of, store_temperature
from xaibrain.models.card import read_card, rewrite_card


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A `.keras` file without a card."""
    path = tmp_path_factory.mktemp("plain") / "plain.keras"
    shaken(functional(units=4)).save(path)
    return path


def entries(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != "xaibrain.json"}


def softmax(scores):
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def test_probabilities_are_scaled_and_scores_are_not(plain, tmp_path):
    path = shutil.copy(plain, tmp_path / "scaled.keras")
    rewrite_card(path, {"temperature": {"value": 2.5}})
    before, after = xaibrain.load_model(plain), xaibrain.load_model(path)
    images = pictures()
    logits = before.logits(images)
    np.testing.assert_array_equal(after.logits(images), logits)
    np.testing.assert_allclose(after.probabilities(logits), softmax(logits / 2.5), rtol=1e-5)
    np.testing.assert_allclose(before.probabilities(logits), softmax(logits), rtol=1e-5)
    assert after.fingerprint == before.fingerprint
    assert after.temperature == 2.5
    assert "shown at temperature 2.5" in after.head
    assert "temperature" not in before.head


def test_one_unit_is_scaled_too(tmp_path):
    path = tmp_path / "unit.keras"
    shaken(one_unit()).save(path)
    rewrite_card(path, {"temperature": {"value": 0.5}})
    model = xaibrain.load_model(path)
    logits = model.logits(pictures())
    expected = 1 / (1 + np.exp(-logits[:, 1] / 0.5))
    np.testing.assert_allclose(model.probabilities(logits)[:, 1], expected, rtol=1e-5)


def test_rewriting_a_card_keeps_every_other_byte(plain, tmp_path):
    path = shutil.copy(plain, tmp_path / "copy.keras")
    for card in ({"temperature": {"value": 2.0}}, {"class_names": ["a"]}):
        rewrite_card(path, card)
        assert read_card(path) == card
        assert entries(path) == entries(plain)
    keras.saving.load_model(path)


def test_a_failed_rewrite_leaves_the_file(plain, tmp_path, monkeypatch):
    path = shutil.copy(plain, tmp_path / "copy.keras")
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(OutputError, match="No space left"):
        rewrite_card(path, {})
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["copy.keras"]


@pytest.mark.parametrize("stored", [{"value": 0}, {"value": -1.0}, {"value": "2"}, {}, 2.0, {"value": None}])
def test_a_temperature_that_is_none_is_refused(plain, tmp_path, stored):
    path = shutil.copy(plain, tmp_path / "odd.keras")
    rewrite_card(path, {"temperature": stored})
    with pytest.raises(ModelError, match="temperature"):
        xaibrain.load_model(path)


def test_a_file_that_is_no_archive_has_no_card(tmp_path):
    (tmp_path / "x.keras").write_text("no archive")
    with pytest.raises(ModelError, match="no room for a card"):
        rewrite_card(tmp_path / "x.keras", {})


def test_only_files_of_ones_own_are_written_to(plain, tmp_path):
    model = xaibrain.load_model(plain)
    assert checkpoint_of(model, str(plain)) == plain
    with pytest.raises(UsageError, match=r"came with a package.*Copy .*plain\.keras to my-model\.keras"):
        checkpoint_of(model, "plain")
    (tmp_path / "old.h5").write_bytes(b"")
    with pytest.raises(UsageError, match=r"save the model as a \.keras file"):
        checkpoint_of(model, str(tmp_path / "old.h5"))
    with pytest.raises(UsageError, match="is no file"):
        checkpoint_of(xaibrain.wrap(functional()), "mine")


class Labelled(list):
    """Phantoms whose label is what a model says of them; of every fourth, another class."""

    class_names = xaibrain.load_dataset("phantom").class_names
    default_model = None

    def __init__(self, model, count=12):
        images = list(xaibrain.load_dataset("phantom", count=count, seed=9))
        said = [prediction.predicted for prediction in xaibrain.predict(images, model=model)]
        other = dict(zip(self.class_names, self.class_names[1:] + self.class_names[:1], strict=True))
        labels = [name if index % 4 else other[name] for index, name in enumerate(said)]
        super().__init__(dataclasses.replace(i, label=n) for i, n in zip(images, labels, strict=True))
        self.ids = tuple(image.id for image in images)


def test_a_plain_file_gets_a_card_with_what_it_was_evaluated_with(plain, tmp_path):
    path = shutil.copy(plain, tmp_path / "mine.keras")
    model = xaibrain.load_model(path, class_names=Labelled.class_names, crop="foreground")
    found = evaluate(Labelled(model), model=model)
    store_temperature(found, model, path)
    again = xaibrain.load_model(path)
    assert again.class_names == Labelled.class_names
    assert again.preprocessing == model.preprocessing
    assert again.temperature == found.calibration.temperature.value
    assert read_card(path)["temperature"]["pictures"] == 12
    assert entries(path) == entries(plain)


def test_what_was_trained_on_calibrates_nothing(plain, tmp_path):
    path = shutil.copy(plain, tmp_path / "mine.keras")
    ids = xaibrain.load_dataset("phantom", count=12, seed=9).ids
    rewrite_card(path, {"class_names": Labelled.class_names, "split": {"held_out": list(ids[:8])}})
    before = path.read_bytes()
    model = xaibrain.load_model(path)
    data = Labelled(model)
    with pytest.raises(UsageError, match="4 of these pictures were trained on"):
        store_temperature(evaluate(data, model=model, on="all"), model, path)
    assert path.read_bytes() == before
    store_temperature(evaluate(data, model=model, on="held-out"), model, path)
    assert read_card(path)["split"]["held_out"] == list(ids[:8])


def test_where_no_temperature_is_best_none_is_stored(plain, tmp_path):
    path = shutil.copy(plain, tmp_path / "mine.keras")
    before = path.read_bytes()
    model = xaibrain.load_model(path, class_names=Labelled.class_names)
    data = Labelled(model, count=4)
    del data[0]
    data.ids = data.ids[1:]
    found = evaluate(data, model=model)
    assert found.scores.accuracy.value == 1
    with pytest.raises(UsageError, match="stays as it was"):
        store_temperature(found, model, path)
    assert path.read_bytes() == before

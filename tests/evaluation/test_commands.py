"""`xaibrain evaluate` and `xaibrain predict`, as a user meets them."""

import csv
import io
import json
import shutil
import subprocess
import sys

import numpy as np
import PIL.Image
import pytest
from networks import functional, shaken

import xaibrain
from xaibrain.models.card import rewrite_card
from xaibrain_efficientnet.checkpoints import FOLDER

PHANTOM = ("phantom", "-s", "seed=9", "-s", "count=24")
FIGURES = {"confusion.png", "reliability.png", "predictions.png", "failures.png", "curves.png"}
FILES = {"evaluation.json", "evaluation.md", "predictions.csv", *FIGURES}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A small checkpoint of the phantom's classes, with weights of no meaning."""
    path = tmp_path_factory.mktemp("tiny") / "tiny.keras"
    shaken(functional(units=4)).save(path)
    rewrite_card(path, {"class_names": xaibrain.load_dataset("phantom").class_names})
    return path


@pytest.fixture
def scans(tmp_path):
    """Two good pictures and a broken one."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for index, image in enumerate(xaibrain.load_dataset("phantom", count=2, seed=9)):
        PIL.Image.fromarray(image.pixels).save(folder / f"{index}.png")
    (folder / "broken.png").write_text("no picture")
    return folder


def test_evaluate_then_calibrate_then_explain(run, tmp_path):
    model = shutil.copy(FOLDER / "phantom-efficientnet.keras", tmp_path / "mine.keras")
    code, out, err = run("evaluate", *PHANTOM, "-m", model, "-o", "out", "--calibrate")
    folder = tmp_path / "out"
    record = json.loads((folder / "evaluation.json").read_text())
    stored = record["calibration"]["temperature"]
    assert (code, err) == (0, f"Temperature {stored:.3f} is stored in {model}.\n")
    assert {path.name for path in folder.iterdir()} == FILES
    rows = list(csv.DictReader(io.StringIO((folder / "predictions.csv").read_text())))
    accuracy = np.mean([row["label"] == row["predicted"] for row in rows])
    assert record["scores"]["accuracy"]["value"] == pytest.approx(accuracy, abs=1e-6)
    assert f"{accuracy:.3f}" in out
    assert all(name in out for name in xaibrain.load_dataset("phantom").class_names)
    assert all(f"]({name})" in (folder / "evaluation.md").read_text() for name in FIGURES)

    picture = xaibrain.load_dataset("phantom", seed=9)[0]
    scaled = xaibrain.load_model(model)
    (explanation,) = xaibrain.explain(picture, model=scaled)
    (predicted,) = xaibrain.predict(picture, model=scaled)
    assert f"temperature {stored:.4g}" in explanation.provenance.head
    assert explanation.probabilities == pytest.approx(predicted.probabilities)
    odds = np.exp(np.array(list(predicted.logits.values())) / stored)
    np.testing.assert_allclose(list(predicted.probabilities.values()), odds / odds.sum(), rtol=1e-4)
    before = np.exp(np.array(list(predicted.logits.values())) / record["model"]["temperature"])
    told = [float(rows[0][name]) for name in predicted.logits]
    assert rows[0]["id"] == picture.id
    np.testing.assert_allclose(told, before / before.sum(), atol=1e-4)


def test_the_record_is_all_that_stands_on_stdout(run, tiny, tmp_path):
    code, out, err = run("evaluate", "phantom", "-s", "count=5", "-m", tiny, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == json.loads((tmp_path / "xaibrain-evaluation/evaluation.json").read_text())


def test_twins_of_training_pictures_are_warned_of(run, tiny, tmp_path):
    for index, image in enumerate(xaibrain.load_dataset("phantom", count=8, seed=9)):
        place = tmp_path / "data" / image.label / f"{index}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray(image.pixels).save(place)
    twin = tmp_path / "data/glioma_tumor/twin.png"
    shutil.copy(tmp_path / "data/glioma_tumor/0.png", twin)
    model = shutil.copy(tiny, tmp_path / "trained.keras")
    held = ["glioma_tumor/twin.png", "no_tumor/2.png"]
    names = list(xaibrain.load_dataset("phantom").class_names)
    rewrite_card(model, {"class_names": names, "split": {"held_out": held, "pictures": 9}})
    code, out, err = run("evaluate", "data", "-m", model)
    assert code == 0
    assert err == (
        "Warning: 1 of the 2 pictures were seen in training (1 equal to the byte to one that was): "
        "the scores measure memory too.\n"
    )
    assert "held-out: 2 in 2 groups" in out
    record = json.loads((tmp_path / "xaibrain-evaluation/evaluation.json").read_text())
    assert record["exposure"]["copies"][0]["twin"] == "glioma_tumor/0.png"
    assert err.strip().removeprefix("Warning: ") == record["warning"]
    assert record["warning"] in (tmp_path / "xaibrain-evaluation/evaluation.md").read_text()


def test_some_unreadable_pictures_are_lines_and_exit_code_1(run, tiny, tmp_path, scans):
    for path in scans.iterdir():
        place = tmp_path / "data" / "no_tumor" / path.name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    code, out, err = run("evaluate", "data", "-m", tiny)
    assert code == 1
    assert "broken.png" in err
    assert len(err.splitlines()) == 1
    assert "1 could not be scored" in out


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["phantoms"], "Did you mean 'phantom'?"),
        (["phantom", "-s", "cuont=3"], "Did you mean 'count'?"),
        (["phantom", "-m", "{tiny}", "--on", "original"], "tell no test split"),
        (["phantom", "-m", "{tiny}", "--on", "held-out"], "its card does not say"),
        (["phantom", "-s", "count=2", "-m", "{tiny}", "-o", "file/out"], "Cannot write"),
        (["phantom", "-m", "nothing.keras"], "No model file nothing.keras"),
        (["flat", "-m", "{tiny}"], "has no label"),
        (["empty", "-m", "{tiny}"], "holds no picture"),
        (["other", "-m", "{tiny}"], "'cat' is no class of 'tiny'"),
    ],
)
def test_what_is_wrong_with_an_evaluation_is_one_line(run, tiny, tmp_path, scans, arguments, line):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    for place in ("flat", "other/cat"):
        (tmp_path / place).mkdir(parents=True)
        shutil.copy(scans / "0.png", tmp_path / place / "0.png")
    code, out, err = run("evaluate", *(part.format(tiny=tiny) for part in arguments))
    assert (code, out, line in err, len(err.splitlines())) == (2, "", True, 1), err


def test_a_model_that_came_along_is_not_calibrated(run):
    code, _, err = run("evaluate", *PHANTOM, "--calibrate")
    assert code == 2
    assert "came with a package" in err
    assert "phantom-efficientnet.keras to my-model.keras" in err


@pytest.mark.parametrize("missing", ["imagehash", "sklearn"])
def test_a_missing_library_is_one_line(run, tiny, monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    code, _, err = run("evaluate", "phantom", "-m", tiny)
    assert code == 2
    assert "pip install 'xaibrain[train]'" in err
    assert len(err.splitlines()) == 1


def test_predict_tells_probabilities_and_bad_files_apart(run, tiny, scans, tmp_path):
    code, out, err = run("predict", scans, "missing.png", "-m", tiny, "-o", "told.csv")
    assert code == 1
    assert sorted(line.split(":")[0].split("/")[-1] for line in err.splitlines()) == [
        "broken.png",
        "missing.png",
    ]
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO((tmp_path / "told.csv").read_text()))}
    assert set(rows) == {"0.png", "1.png", "broken.png", "missing.png"}
    for prediction in xaibrain.predict([scans / "0.png", scans / "1.png"], model=tiny):
        row = rows[prediction.id]
        assert row["predicted"] == prediction.predicted
        for name, p in prediction.probabilities.items():
            assert float(row[name]) == pytest.approx(p, abs=1e-5)
            assert f"{p:.3f}" in out
    assert rows["broken.png"]["predicted"] == ""
    assert "broken.png" in rows["broken.png"]["error"]


def test_predictions_as_json_are_the_same_in_a_file_and_on_stdout(run, tiny, scans, tmp_path):
    code, out, err = run("predict", scans / "0.png", "-m", tiny, "-o", "told.json", "--json")
    assert (code, err) == (0, "")
    (row,) = json.loads(out)
    assert [row] == json.loads((tmp_path / "told.json").read_text())
    assert row["error"] is None
    assert sum(row["probabilities"].values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["x.png", "-o", "out.txt"], "choose one of these endings"),
        (["x.png", "-s", "size=3"], "settings are model.KEY=VALUE"),
        (["x.png", "-m", "phantom-eficientnet"], "Did you mean 'phantom-efficientnet'?"),
        (["scans", "-m", "{tiny}", "-o", "file/out.csv"], "Cannot write"),
    ],
)
def test_what_is_wrong_with_a_prediction_is_one_line(run, tiny, tmp_path, scans, arguments, line):
    (scans / "broken.png").unlink()
    (tmp_path / "file").write_text("")
    code, out, err = run("predict", *(part.format(tiny=tiny) for part in arguments))
    assert (code, out, line in err, len(err.splitlines())) == (2, "", True, 1), err


def test_predict_in_python_stops_or_goes_on(tiny, scans):
    with pytest.raises(xaibrain.errors.InputError, match=r"broken\.png"):
        list(xaibrain.predict(scans, model=tiny))
    outcomes = list(xaibrain.predict(scans, model=tiny, on_error="yield", batch_size=1))
    assert [type(outcome).__name__ for outcome in outcomes] == ["Prediction", "Prediction", "Failure"]
    for wrong in ({"on_error": "ignore"}, {"batch_size": 0}, {"model": 3}):
        with pytest.raises(xaibrain.errors.UsageError):
            xaibrain.predict(scans, **wrong)


def test_help_imports_no_framework():
    code = """
import sys
from click.testing import CliRunner
from xaibrain.cli.group import cli
for name in ("evaluate", "predict"):
    assert CliRunner().invoke(cli, [name, "--help"]).exit_code == 0
heavy = ("tensorflow", "keras", "sklearn", "scipy", "matplotlib", "cv2", "numpy")
print([name for name in heavy if name in sys.modules])
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told == "[]\n"

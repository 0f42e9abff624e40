"""The command line, as a user meets it."""

import json
import subprocess
import sys

import numpy as np
import PIL.Image
import pytest

import xaibrain
from xaibrain.cli import COMMANDS
from xaibrain.core.manager import manager
from xaibrain.core.records import Kept

FIELDS = {
    "identity", "id", "source", "sha256", "label", "predicted", "probabilities", "target", "explainer",
    "parameters", "layer", "layer_reason", "status", "notes", "heatmap", "row", "overlay", "scan", "outputs",
    "refused", "geometry", "place", "spacing", "preprocessing", "model", "versions", "seconds", "error",
}  # fmt: skip
CLASSES = ("glioma_tumor", "meningioma_tumor", "no_tumor", "pituitary_tumor")


@pytest.fixture
def scans(tmp_path):
    """A folder of four phantom slices, written as PNG."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for index, image in enumerate(xaibrain.load_dataset("phantom", count=4, seed=9)):
        PIL.Image.fromarray(image.pixels).save(folder / f"scan {index}.png")
    return folder


def records_of(folder):
    return [json.loads(line) for line in (folder / "explanations.jsonl").read_text().splitlines()]


def test_without_input_it_explains_what_it_brings_along(run, tmp_path):
    code, out, err = run("explain", "--explainer", "gradcam")
    # The model is converted for its engine once on a machine, and one line says so.
    assert (code, [line for line in err.splitlines() if not line.startswith("Converting ")]) == (0, [])
    records = records_of(tmp_path / "xaibrain-out")
    assert [record["label"] for record in records] == list(CLASSES) * 3
    assert sum(record["label"] == record["predicted"] for record in records) >= 10
    assert "xaibrain-out/sheet.png" in out
    for record in records:
        assert set(record) == FIELDS
        assert record["error"] is None
        heatmap = np.load(tmp_path / "xaibrain-out" / record["heatmap"])
        assert heatmap.dtype == np.float32
        assert np.isfinite(heatmap).all()
        assert record["probabilities"][record["predicted"]] == max(record["probabilities"].values())
    assert (tmp_path / "xaibrain-out" / "sheet.png").stat().st_size > 10_000


def test_two_runs_write_the_same_files(run, tmp_path):
    for name in ("first", "second"):
        assert run("explain", "-n", 4, "-e", "gradcam", "-e", "gradcam++", "-o", name)[0] == 0
    files = sorted(path.relative_to(tmp_path / "first") for path in (tmp_path / "first").rglob("*.*"))
    assert len(files) == 8 + 8 + 4 + 3
    for file in files:
        first, second = ((tmp_path / name / file).read_bytes() for name in ("first", "second"))
        if file.name == "explanations.jsonl":
            first, second = (
                [{**json.loads(line), "seconds": 0} for line in text.splitlines()] for text in (first, second)
            )
        assert first == second, file


def test_an_overlay_holds_the_scan_in_its_own_pixels(run, tmp_path, scans):
    assert run("explain", scans, "-m", "phantom-efficientnet", "-w", "png")[0] == 0
    (record, *_) = records_of(tmp_path / "xaibrain-out")
    drawn = xaibrain.read_image(tmp_path / "xaibrain-out" / record["overlay"]).pixels
    scan = xaibrain.read_image(record["source"]).pixels
    from xaibrain.render.overlay import Layout

    top = Layout(scan.shape).title
    kept = xaibrain.read_image(tmp_path / "xaibrain-out" / record["scan"]).pixels
    assert (kept == scan).all()
    panel = drawn[top : top + scan.shape[0], : scan.shape[1]].astype(int)
    explanation = next(iter(xaibrain.explain(record["source"], model="phantom-efficientnet")))
    strength = np.maximum(explanation.on_source(), 0) / explanation.on_source().max()
    clear = strength == 0
    assert clear.any()
    assert not clear.all()
    assert (panel[clear] == scan[clear][:, None]).all()
    hottest = np.unravel_index(strength.argmax(), strength.shape)
    np.testing.assert_allclose(panel[hottest], 0.2 * scan[hottest] + 0.8 * np.array([252, 255, 164]), atol=2)


def test_bad_files_are_one_line_each_and_the_others_go_on(run, tmp_path, scans):
    (scans / "text.png").write_text("this is no picture")
    (scans / "empty.png").write_bytes(b"")
    whole = (scans / "scan 0.png").read_bytes()
    (scans / "cut.png").write_bytes(whole[: len(whole) // 2])
    code, _, err = run("explain", scans, "-m", "phantom-efficientnet", tmp_path / "nowhere")
    assert code == 1
    assert len(err.splitlines()) == 4
    for name in ("text.png", "empty.png", "cut.png", "nowhere"):
        assert sum(name in line for line in err.splitlines()) == 1
    records = records_of(tmp_path / "xaibrain-out")
    assert [bool(record["error"]) for record in records].count(False) == 4
    assert {record["status"] for record in records if not record["error"]} <= {"ok", "all-negative"}
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (300, 2)])
def test_odd_sizes_are_explained_at_their_own_size(run, tmp_path, shape):
    PIL.Image.fromarray(np.full(shape, 90, np.uint8)).save(tmp_path / "odd.png")
    code, _, _ = run("explain", "odd.png", "-m", "phantom-efficientnet")
    (record,) = records_of(tmp_path / "xaibrain-out")
    assert code == 0
    assert record["geometry"]["source"] == list(shape)


def test_an_empty_folder_is_a_failed_input(run, tmp_path):
    (tmp_path / "nothing").mkdir()
    code, _, err = run("explain", "nothing", "-m", "phantom-efficientnet")
    assert code == 1
    assert "nothing: holds no picture" in err


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["-e", "gradcan"], "No explainer 'gradcan'. Did you mean 'gradcam'? Run: xaibrain explainers"),
        (["-t", "gliome_tumor"], "No target 'gliome_tumor'. Did you mean 'glioma_tumor'?"),
        (["-l", "top_activatoin"], "Did you mean 'top_activation'?"),
        (["-d", "phantoms"], "No dataset 'phantoms'. Did you mean 'phantom'? Run: xaibrain datasets"),
        (["-m", "nothing.keras"], "No model file nothing.keras."),
        (["-s", "layr=auto"], "No parameter 'layr'. Did you mean 'layer'?"),
        (["-s", "layer"], "'layer' is no setting; write KEY=VALUE."),
        (["-s", "dataset.count=many"], "cannot take count='many'"),
        (["-s", "other.count=3"], "model.KEY=VALUE, dataset.KEY=VALUE"),
        (["-d", "phantom", "x.png"], "Give files or a dataset (-d), not both."),
    ],
)
def test_bad_usage_is_one_line_and_leaves_nothing(run, tmp_path, arguments, line):
    code, out, err = run("explain", *arguments)
    assert line in err
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_line(run, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, err = run("explain", "-n", 1, "-o", "file/out")
    assert code == 2
    assert err.startswith("Error: Cannot write")
    assert len(err.splitlines()) == 1


def test_a_run_is_replaced_only_when_asked(run, tmp_path):
    assert run("explain", "-n", 1)[0] == 0
    code, _, err = run("explain", "-n", 2)
    assert (code, "add --overwrite" in err) == (2, True)
    assert len(records_of(tmp_path / "xaibrain-out")) == 1
    assert run("explain", "-n", 2, "--overwrite")[0] == 0
    assert len(records_of(tmp_path / "xaibrain-out")) == 2
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    code, _, err = run("explain", "-n", 1, "-o", "mine", "--overwrite")
    assert (code, "holds other files" in err) == (2, True)
    assert (tmp_path / "mine" / "thesis.tex").read_text() == "years of work"


def test_a_stopped_run_goes_on_where_it_stopped(run, tmp_path, monkeypatch):
    from xaibrain.results import RunFolder

    assert run("explain", "-n", 6, "-o", "whole")[0] == 0
    record, added = RunFolder.record, []

    def stopped(self, written):
        if len(added) == 4:
            raise KeyboardInterrupt
        added.append(written[0][0].image.id)
        return record(self, written)

    monkeypatch.setattr(RunFolder, "record", stopped)
    code, _, err = run("explain", "-n", 6, "-o", "again", "--batch-size", 2)
    assert (code, "goes on where this one left off" in err) == (130, True)
    assert not (tmp_path / "again").exists()

    def counted(self, written):
        added.extend(one.image.id for one in ([] if isinstance(written[0], Kept) else written[0]))
        return record(self, written)

    monkeypatch.setattr(RunFolder, "record", counted)
    assert run("explain", "-n", 6, "-o", "again", "--batch-size", 2)[0] == 0
    # The last record before the stop may be cut short, so that picture is done again; no other is.
    assert len(added) == 4 + 3
    first, second = (
        [{**record, "seconds": 0} for record in records_of(tmp_path / name)] for name in ("whole", "again")
    )
    assert [r["id"] for r in first] == [r["id"] for r in second]
    for one, other in zip(first, second, strict=True):
        maps = [np.load(tmp_path / n / one["heatmap"]) for n in ("whole", "again")]
        np.testing.assert_allclose(*maps, rtol=1e-3, atol=1e-5)
        assert {**one, "probabilities": 0} == {**other, "probabilities": 0}


def test_another_configuration_does_not_take_up_a_stopped_run_nor_drop_it_unasked(run, tmp_path, monkeypatch):
    from xaibrain.results import RunFolder

    record, added = RunFolder.record, []

    def stopped(self, written):
        if added:
            raise KeyboardInterrupt
        added.append(record(self, written))
        return added[0]

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "record", stopped)
        assert run("explain", "-n", 2, "-t", "no_tumor")[0] == 130
    code, out, err = run("explain", "-n", 2, "-t", "glioma_tumor")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert "interrupted here (target: no_tumor, now glioma_tumor). Go on with those" in err
    assert run("explain", "-n", 2, "-t", "glioma_tumor", "--overwrite")[0] == 0
    assert {record["target"] for record in records_of(tmp_path / "xaibrain-out")} == {"glioma_tumor"}


def test_a_quality_of_overlays_that_there_is_none_of_is_refused(run):
    code, _, told = run("explain", "-n", 1, "-s", "writer.quality=101")
    assert (code, "give a number from 1 to 100" in told) == (2, True)


def test_without_overlays_there_are_records_and_raw_maps_alone(run, tmp_path):
    assert run("explain", "-n", 3, "-o", "drawn")[0] == 0
    code, out, _ = run("explain", "-n", 3, "-o", "raw", "--no-overlays")
    assert (code, "See raw/explanations.jsonl" in out) == (0, True)
    assert sorted(path.name for path in (tmp_path / "raw").iterdir()) == [
        "explanations.jsonl", "heatmaps", "run.json",
    ]  # fmt: skip
    for one, other in zip(records_of(tmp_path / "raw"), records_of(tmp_path / "drawn"), strict=True):
        assert one["overlay"] is None
        assert one["scan"] is None
        same = {"overlay": 0, "scan": 0, "seconds": 0}
        assert {**one, **same} == {**other, **same}
        maps = [np.load(tmp_path / name / one["heatmap"]) for name in ("raw", "drawn")]
        assert (maps[0] == maps[1]).all()


def test_targets(run, tmp_path):
    for target, expected in (("all", list(CLASSES)), ("label", ["glioma_tumor"]), ("no_tumor", ["no_tumor"])):
        assert run("explain", "-n", 1, "-t", target, "--overwrite")[0] == 0
        assert [record["target"] for record in records_of(tmp_path / "xaibrain-out")] == expected


def test_one_class_against_another(run, tmp_path):
    assert run("explain", "-n", 1, "-t", "glioma_tumor:no_tumor")[0] == 0
    (record,) = records_of(tmp_path / "xaibrain-out")
    assert record["target"] == "glioma_tumor:no_tumor"
    assert record["overlay"].endswith("--gradcam--glioma_tumor-against-no_tumor.jpg")
    assert (tmp_path / "xaibrain-out" / record["overlay"]).exists()
    assert np.abs(np.load(tmp_path / "xaibrain-out" / record["heatmap"])).max() > 0


def test_what_methods_note_is_told_once(run):
    out = run("explain", "-n", 2, "-e", "gradcam", "-e", "eigencam")[1]
    assert out.count("eigencam, 2 of its maps: eigencam is the same map for every class\n") == 1
    assert (
        out.count("gradcam, 2 of its maps: each channel's gradient is the same at every position here") == 1
    )
    assert "of its maps" not in run("explain", "-n", 1, "--overwrite")[1]


def test_the_label_of_a_loose_file_is_not_known(run, scans):
    code, _, err = run("explain", scans / "scan 0.png", "-m", "phantom-efficientnet", "-t", "label")
    assert (code, "no label" in err) == (1, True)


def test_another_layer_is_read_and_said(run, tmp_path):
    layers = xaibrain.load_model("phantom-efficientnet").survey.calls
    chosen = layers[len(layers) // 2].path
    assert run("explain", "-n", 1, "-l", chosen, "--overwrite")[0] == 0
    (record,) = records_of(tmp_path / "xaibrain-out")
    assert record["layer"] == chosen
    assert record["layer_reason"].startswith("asked for")
    assert record["parameters"] == {"layer": chosen}


def test_json_is_all_that_stands_on_stdout(run):
    code, out, _ = run("explain", "-n", 2, "--json")
    assert code == 0
    summary = json.loads(out)
    assert summary["output"] == "xaibrain-out"
    assert sum(summary["counts"].values()) == 2


@pytest.mark.parametrize(
    ("channels", "setting", "line"),
    [
        (3, "model.class_names=cat,dog", "The model has 3 classes; 2 names were given."),
        (4, "model.class_names=a,b,c", "The model takes 4 channels; pictures have 1 or 3."),
        (3, "model.crop=skull", "model.keras' cannot take crop='skull'"),
    ],
)
def test_a_model_that_does_not_fit_is_one_line(run, tmp_path, channels, setting, line):
    import keras

    layers = [keras.layers.Input((8, 8, channels)), keras.layers.Conv2D(2, 3), keras.layers.Flatten()]
    keras.Sequential([*layers, keras.layers.Dense(3, activation="softmax")]).save(tmp_path / "model.keras")
    code, _, err = run("explain", "-n", 1, "-m", "model.keras", "-s", setting)
    assert (code, line in err, len(err.splitlines())) == (2, True, 1)


@pytest.mark.parametrize("kind", ["models", "datasets", "explainers", "engines", "plugins"])
def test_lists_name_everything(run, kind):
    code, out, _ = run(kind)
    assert code == 0
    entries = manager().registry.entries(None if kind == "plugins" else kind[:-1])
    assert all(entry.spec.name in out for entry in entries)


@pytest.mark.parametrize("name", ["gradcam", "phantom", "efficientnet-b0"])
def test_one_capability_in_full(run, name):
    code, out, _ = run("plugins", name)
    entry = next(entry for entry in manager().registry.entries() if entry.spec.name == name)
    assert code == 0
    assert entry.spec.summary in out
    assert entry.spec.reference in out


def test_datasets_show_draws_the_classes(run, tmp_path):
    code, out, _ = run("datasets", "show", "phantom", "-s", "count=8", "-o", "classes.png")
    assert code == 0
    assert all(f"2  {name}" in out for name in CLASSES)
    with PIL.Image.open(tmp_path / "classes.png") as figure:
        assert figure.size[0] > 800


def test_a_dataset_that_is_not_fetched_says_so(run):
    code, _, err = run("datasets", "download", "phantom")
    assert (code, "needs no download" in err) == (2, True)


@pytest.mark.parametrize("arguments", [["--help"], ["plugins"], ["explainers", "--help"], ["--version"]])
def test_nothing_heavy_is_imported_before_it_is_needed(arguments):
    program = (
        "import sys; sys.argv = ['xaibrain', *sys.argv[1:]]\n"
        "from xaibrain.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'tensorflow', 'keras', 'cv2', 'matplotlib'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(run, name):
    code, out, _ = run(name, "--help")
    assert code == 0
    assert out.startswith(f"Usage: xaibrain {name}")


def test_an_unknown_command_gets_the_nearest(run):
    code, _, err = run("explian")
    assert code == 2
    assert "No command 'explian'. Did you mean 'explain'?" in err

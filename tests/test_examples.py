"""The examples run from any directory, and what they write is right."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

import xaibrain
from xaibrain.audit.examine import audit
from xaibrain.inputs import items_of
from xaibrain.types import Heatmap

EXAMPLES = Path(__file__).parents[1] / "examples"
PLUGIN = EXAMPLES / "plugins" / "xaibrain-centre"


def ran(*command: str | Path, cwd: Path, path: Path | None = None) -> str:
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": str(path or "")}
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed_plugin(tmp_path_factory) -> Path:
    """A folder with the plugin as pip would lay it there, its metadata taken from its own pyproject.

    Not by pip: building a wheel needs a build backend, which `pip install ".[test]"` does not leave behind.
    """
    target = tmp_path_factory.mktemp("installed")
    project = tomllib.loads((PLUGIN / "pyproject.toml").read_text("utf-8"))["project"]
    information = target / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    information.mkdir()
    header = ("Metadata-Version: 2.1", f"Name: {project['name']}", f"Version: {project['version']}", "")
    (information / "METADATA").write_text("\n".join(header), "utf-8")
    (points,) = project["entry-points"].items()
    lines = [f"[{points[0]}]", *(f"{name} = {module}" for name, module in points[1].items()), ""]
    (information / "entry_points.txt").write_text("\n".join(lines), "utf-8")
    shutil.copytree(PLUGIN / "xaibrain_centre", target / "xaibrain_centre")
    return target


def pixels_of(path: Path) -> np.ndarray:
    with PIL.Image.open(path) as picture:
        return np.array(picture)


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+\.\d+(?:e-?\d+)?", text)]


def test_one_scan_gives_the_map_that_the_library_gives(tmp_path):
    told = ran(EXAMPLES / "01_explain_one_scan.py", tmp_path / "out", cwd=tmp_path)
    saved: Heatmap = np.load(tmp_path / "out" / "heatmap.npy")
    [again] = xaibrain.explain(tmp_path / "out" / "scan.png", model="phantom-efficientnet")
    np.testing.assert_allclose(saved, again.heatmap, rtol=1e-3, atol=1e-5)
    assert f"predicted {again.predicted}" in told
    assert np.allclose(numbers(next(line for line in told.splitlines() if line.startswith("raw map"))),
                       [saved.min(), saved.max()])  # fmt: skip
    row, column = np.unravel_index(again.on_source().argmax(), again.image.size)
    assert f"strongest at row {row} column {column} of (256, 256)" in told
    scan = pixels_of(tmp_path / "out" / "scan.png")
    drawn = pixels_of(tmp_path / "out" / "overlay.png")[-256:, :256]
    unseen = again.on_source() <= 0
    assert unseen.any()
    np.testing.assert_array_equal(drawn[unseen], np.repeat(scan[unseen][:, None], 3, axis=1))


def test_a_folder_gives_a_row_for_each_file(tmp_path):
    told = ran(EXAMPLES / "02_explain_a_folder.py", tmp_path, cwd=tmp_path)
    with (tmp_path / "table.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    good = [row for row in rows if not row["error"]]
    (bad,) = [row for row in rows if row["error"]]
    assert len(good) == 8
    assert "damaged.png: not a PNG" in bad["error"]
    assert [row["label"] for row in good] == [row["id"].split("/")[0] for row in good]
    assert len({row["label"] for row in good}) == 4
    right = sum(row["label"] == row["predicted"] for row in good)
    assert f"{right} of 8 right" in told
    assert right >= 6
    assert all(0.25 < float(row["p"]) <= 1 for row in good)
    assert all((float(row["largest"]) > 0) == (row["status"] == "ok") for row in good)
    assert pixels_of(tmp_path / "sheet.png").shape[1] > 900


def test_own_model_is_trained_and_its_maps_add_up(tmp_path):
    told = ran(EXAMPLES / "03_your_own_keras_model.py", tmp_path, cwd=tmp_path)
    assert float(re.search(r"([\d.]+) of 12 unseen", told)[1]) >= 0.75
    page = (EXAMPLES.parent / "docs" / "guide" / "own-model.md").read_text("utf-8")
    (shown,) = re.findall(r"That prints:\n\n```text\n(.*?)```", page, re.S)
    assert "LayerChoice(path='body/relu_32'" in shown
    assert shown in told
    sums = [numbers(line) for line in told.splitlines() if line.startswith("phantom-2-")]
    np.testing.assert_allclose(*np.transpose(sums), rtol=1e-4, atol=1e-5)
    maps = np.load(tmp_path / "heatmaps.npy")
    assert maps.shape == (12, 8, 8)
    np.testing.assert_allclose(maps.sum(axis=(1, 2)), [first for first, _ in sums], rtol=1e-4, atol=1e-5)
    model = xaibrain.load_model(tmp_path / "planes.keras")
    assert model.choose_layer("auto").path == "body/relu_64"


def test_third_party_plugin_is_found_and_compared(tmp_path, installed_plugin):
    told = ran(EXAMPLES / "04_third_party_plugin.py", tmp_path, cwd=tmp_path, path=installed_plugin)
    shares = json.loads((tmp_path / "shares.json").read_text())
    assert set(shares) == {"gradcam", "centre"}
    for name, values in shares.items():
        assert 0 < len(values) <= 18  # of 24 pictures, 18 have a lesion
        assert all(0 <= value <= 1 for value in values)
        assert f"{name:8} {np.mean(values):.2f} of the evidence" in told
    assert np.mean(shares["gradcam"]) > 1.5 * np.mean(shares["centre"])


def test_a_planted_lesion_is_saved_and_explained(tmp_path):
    told = ran(EXAMPLES / "06_plant_a_lesion.py", tmp_path, cwd=tmp_path)
    phantom = xaibrain.load_dataset("phantom")
    planted = phantom.plant(phantom.healthy(9), "glioma_tumor", 2)
    np.testing.assert_array_equal(pixels_of(tmp_path / f"{planted.id}.png"), planted.pixels)
    assert f"{planted.id} glioma_tumor {planted.mask.sum()} pixels of tumour" in told
    share, area = numbers(told.splitlines()[-1])
    assert area == round(float(planted.mask.mean()), 2)
    assert 10 * area < share <= 1


def test_drawn_scans_become_a_folder_with_splits_masks_and_a_leak(tmp_path):
    ran(EXAMPLES / "08_scans_as_files.py", tmp_path, "40", cwd=tmp_path)
    drawn = {image.label for image in xaibrain.load_dataset("phantom")}
    scans = xaibrain.load_dataset(tmp_path / "scans")
    found = audit("scans", items_of(scans))
    assert {split: set(counts) for split, counts in found.balance.items()} == {"train": drawn, "test": drawn}
    leaked = {found.seen[leak.position].id for leak in found.leaks}
    assert leaked == {id for id in scans.ids if Path(id).name.startswith("b")} != set()
    new = list(xaibrain.load_dataset(tmp_path / "new"))
    assert [image.mask.any() for image in new] == [image.label != "no_tumor" for image in new]


def test_plugin_is_listed_with_its_parameter(tmp_path, installed_plugin):
    told = ran("-m", "xaibrain", "plugins", "centre", cwd=tmp_path, path=installed_plugin)
    assert "centre (explainer of xaibrain-centre 0.1.0, plugin 'centre')" in told
    assert re.search(r"width +float +0\.25", told)


def test_plugin_passes_its_own_test(tmp_path, installed_plugin):
    arguments = ("-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, PLUGIN / "tests")
    assert "23 passed, 2 skipped" in ran("-m", "pytest", *arguments, cwd=tmp_path, path=installed_plugin)


def test_judging_maps(tmp_path):
    said = ran(EXAMPLES / "05_judge_maps.py", cwd=tmp_path).splitlines()
    assert said[2] == "phantom-0-000002-axial the mask is empty"
    shares = [float(line.split()[1]) for index, line in enumerate(said[:4]) if index != 2]
    assert all(0 <= share <= 1 for share in shares)
    assert re.match(r"1 gradcam\S* 0\.\d{3} \[0\.\d{3}, 0\.\d{3}\]", said[4])


def test_a_volume_is_explained_and_its_slices_ranked(tmp_path):
    told = ran(EXAMPLES / "07_explain_a_volume.py", tmp_path, cwd=tmp_path)
    ranked = re.findall(r"^scan\.nii\.gz/(\d): evidence ([\d.]+), p", told, re.M)
    assert len(ranked) == 3
    assert [float(evidence) for _, evidence in ranked] == sorted((float(e) for _, e in ranked), reverse=True)
    heatmap = np.load(tmp_path / "map.npy")
    assert f"{heatmap.shape} ('R', 'L', 'A', 'P') (1.0, 1.0)" in told
    explained = np.flatnonzero(np.abs(heatmap).max(axis=(0, 1)))
    assert set(explained) <= set(range(5))
    assert int(ranked[0][0]) == np.maximum(heatmap, 0).mean(axis=(0, 1)).argmax()


def test_two_benchmarks_are_compared_by_what_both_ranked(tmp_path):
    sides = {
        "one": {"a": 0.9, "b": 0.5, "c": 0.4, "d": None},
        "other": {"c": 0.3, "a": 0.8, "b": 0.2, "e": 1},
    }
    for side, means in sides.items():
        standings = [
            {"name": name, "baseline": False, "mean": {"value": mean}} for name, mean in means.items()
        ]
        trivial = {"name": "baseline-edges", "baseline": True, "mean": {"value": 0.1}}
        record = {"rankings": {"relevance-mass": {"standings": [*standings, trivial]}}}
        (tmp_path / side).mkdir()
        (tmp_path / side / "benchmark.json").write_text(json.dumps(record), "utf-8")
    told = ran(EXAMPLES / "09_agreeing_rankings.py", "one", "other", cwd=tmp_path)
    # Of a, b, c one pair of three stands the other way round.
    assert told == "Kendall's tau 0.33 over 3 methods and layers\n"

"""`xaibrain audit`, as a user meets it."""

import functools
import json
import sys

import PIL.Image
import pytest

import xaibrain
from xaibrain.audit.hashing import NEAR_BITS
from xaibrain.audit.twins import ALIKE
from xaibrain.cli.audit import command

FILES = {"audit.json", "audit.md", "twins.png", "distances.png"}


@pytest.fixture
def run(run):
    """Run the command in an empty folder and return its exit code, stdout and stderr."""
    return functools.partial(run, "audit")


@pytest.fixture
def folder(tmp_path):
    """Phantoms in train and test; one test picture is a re-encoded train picture with another label."""
    for index, image in enumerate(xaibrain.load_dataset("phantom", count=12, seed=9)):
        place = tmp_path / "data" / ("test" if index < 3 else "train") / image.label
        place.mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray(image.pixels).save(place / f"{index}.png")
        if index == 4:
            (tmp_path / "data/test/no_tumor").mkdir(parents=True, exist_ok=True)
            picture = PIL.Image.fromarray(image.pixels).resize((180, 180))
            picture.save(tmp_path / "data/test/no_tumor/copy.jpg", quality=70)
    return tmp_path / "data"


def test_a_leak_is_found_drawn_and_fails_when_asked(run, folder, tmp_path):
    code, out, err = run(folder, "--fail-on", "leak")
    assert (code, err) == (3, "")
    assert "1 of 4 test pictures stand in train too" in out
    assert "1 group, 2 files, the largest of 2" in out
    assert {path.name for path in (tmp_path / "xaibrain-audit").iterdir()} == FILES
    record = json.loads((tmp_path / "xaibrain-audit/audit.json").read_text())
    (leak,) = record["leaks"]
    assert (leak["id"], leak["twin"]) == ("test/no_tumor/copy.jpg", "train/glioma_tumor/4.png")
    assert record["summary"]["conflicting_groups"] == record["summary"]["twin_groups"] == 1
    assert record["balance"]["test"]["no_tumor"] == 2
    page = (tmp_path / "xaibrain-audit/audit.md").read_text()
    assert "| test/no_tumor/copy.jpg | train | train/glioma_tumor/4.png |" in page
    for name in ("twins.png", "distances.png"):
        with PIL.Image.open(tmp_path / "xaibrain-audit" / name) as drawn:
            assert drawn.size[0] > 1000


def test_the_thresholds_are_those_of_the_library():
    defaults = {parameter.name: parameter.default for parameter in command.params}
    assert (defaults["bits"], defaults["alike"]) == (NEAR_BITS, ALIKE)


def test_a_leak_is_no_failure_unless_asked(run, folder):
    assert run(folder)[0] == 0


def test_json_is_all_that_stands_on_stdout(run, tmp_path):
    code, out, err = run("phantom", "-s", "count=4", "-o", "out", "--json", "--fail-on", "leak")
    assert (code, err) == (0, "")
    record = json.loads(out)
    assert record == json.loads((tmp_path / "out/audit.json").read_text())
    assert record["near_duplicates"] == record["leaks"] == []
    assert sum(record["hash_distances"]) == 6
    assert "fewer than 5" in record["confounds"]["reason"]


def test_two_runs_say_the_same(run, folder, tmp_path):
    for name in ("first", "second"):
        assert run(folder, "-o", name)[0] == 0
    assert (tmp_path / "first/audit.json").read_bytes() == (tmp_path / "second/audit.json").read_bytes()


def test_unreadable_files_are_listed_and_the_others_go_on(run, folder, tmp_path):
    (folder / "train" / "broken.png").write_text("no picture")
    code, out, err = run(folder, "-o", "out")
    assert code == 0
    assert "13, and 1 that cannot be read" in out
    assert "broken.png" in err
    assert len(err.splitlines()) == 1
    assert "broken.png" in (tmp_path / "out/audit.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["phantoms"], "No dataset 'phantoms'. Did you mean 'phantom'?"),
        (["phantom", "-s", "cuont=3"], "Did you mean 'count'?"),
        (["empty"], "holds no picture"),
        (["phantom", "-s", "count=2", "-o", "file/out"], "Cannot write"),
        (["unreadable"], "has no readable picture"),
    ],
)
def test_what_is_wrong_is_one_line(run, tmp_path, arguments, line):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    (tmp_path / "unreadable").mkdir()
    (tmp_path / "unreadable" / "x.png").write_text("x")
    left, _, err = run(*arguments)
    assert (left, line in err, len(err.splitlines())) == (2, True, 1)


@pytest.mark.parametrize("missing", ["imagehash", "sklearn.ensemble"])
def test_a_missing_library_is_one_line(run, monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    code, _, err = run("phantom", "-s", "count=40", "-s", "size=64")
    assert code == 2
    assert "pip install 'xaibrain[train]'" in err
    assert len(err.splitlines()) == 1

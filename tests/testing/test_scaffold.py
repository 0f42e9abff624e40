"""`xaibrain plugins new` writes packages that work and pass their own tests; `check` runs the kit."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from xaibrain.errors import OutputError, UnknownNameError, UsageError
from xaibrain.scaffold.package import KINDS, write_package

CENTRE = Path(__file__).parents[2] / "examples" / "plugins" / "xaibrain-centre"


def installed(folder):
    """Lay beside a package the metadata that pip would write, so that it counts as installed."""
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    information = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    information.mkdir()
    header = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (information / "METADATA").write_text(header, "utf-8")
    points = project["entry-points"]["xaibrain"].items()
    lines = ["[xaibrain]", *(f"{name} = {module}" for name, module in points), ""]
    (information / "entry_points.txt").write_text("\n".join(lines), "utf-8")
    return folder


def ran(*arguments, cwd, path=""):
    """Run Python in a folder; return its exit code and all that it said."""
    environment = {**os.environ, "PYTHONPATH": str(path), "TF_CPP_MIN_LOG_LEVEL": "3", "COLUMNS": "200"}
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=cwd, env=environment, capture_output=True, text=True,
        check=False, timeout=600,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_package_passes_its_own_tests(tmp_path, kind):
    folder = installed(write_package(f"first-{kind}", kind, tmp_path))
    code, said = ran("-m", "pytest", "-q", "-p", "no:cacheprovider", folder, cwd=folder, path=folder)
    assert code == 0, said
    assert "passed" in said
    assert "[light]" not in said


def test_two_commands_to_a_heatmap(tmp_path):
    code, said = ran("-m", "xaibrain", "plugins", "new", "first-map", cwd=tmp_path)
    assert code == 0, said
    assert "pip install" in said
    folder = installed(tmp_path / "xaibrain-first-map")
    asked = ("-m", "xaibrain", "explain", "-n", "1", "-e", "first-map", "-o", "out")
    code, said = ran(*asked, cwd=tmp_path, path=folder)
    assert code == 0, said
    (line,) = (tmp_path / "out" / "explanations.jsonl").read_text("utf-8").splitlines()
    record = json.loads(line)
    assert record["explainer"] == "first-map"
    assert record["parameters"] == {"grey": 0.0}
    assert record["status"] == "ok"


def test_check_tells_what_is_broken(tmp_path):
    folder = installed(write_package("first-map", "explainer", tmp_path))
    check = ("-m", "xaibrain", "plugins", "check", "first-map", "--examples", "2")
    code, said = ran(*check, "-s", "gray=3", cwd=tmp_path, path=folder)
    assert (code, "Did you mean 'grey'?" in said) == (2, True)
    source = folder / "xaibrain_first_map" / "first_map.py"
    source.write_text(source.read_text().replace("np.float32)\n", "np.float64)\n"))
    code, said = ran(*check, cwd=tmp_path, path=folder)
    assert code == 1, said
    assert "float64; return .astype(np.float32)" in said
    assert "Rules broken: 1." in said


@pytest.mark.parametrize("name", ["", "Grad", "3d", "a_b", "a b", "-a", "a-", "a--b", "class", "../up", "é"])
def test_names_that_no_package_can_have_are_refused(tmp_path, name):
    with pytest.raises(UsageError, match="give lower-case words with hyphens"):
        write_package(name, "explainer", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_unknown_kinds_are_refused(tmp_path):
    with pytest.raises(UnknownNameError, match="Did you mean 'metric'"):
        write_package("first", "metrics", tmp_path)


def test_what_is_there_is_not_overwritten(tmp_path, run):
    folder = write_package("first", "dataset", tmp_path)
    kept = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(OutputError, match="is there already"):
        write_package("xaibrain-first", "explainer", tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == kept
    code, _, err = run("plugins", "new", "gradcam")
    assert (code, "choose another name" in err) == (2, True)


def test_a_folder_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    written = []
    whole = Path.write_text

    def full(path, *given):
        written.append(path)
        if len(written) == 3:
            raise OSError(28, "No space left on device")
        return whole(path, *given)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OutputError, match="No space left on device"):
        write_package("first", "model", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_example_is_what_new_writes_with_another_method(tmp_path):
    written = write_package("centre", "explainer", tmp_path)

    def files(folder):
        return {
            path.relative_to(folder)
            for path in folder.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }

    assert files(written) == files(CENTRE)
    for name in ("pyproject.toml", "xaibrain_centre/__init__.py"):
        ours, example = ((folder / name).read_text("utf-8").splitlines() for folder in (written, CENTRE))
        others = [line for line in example if line not in ours]
        assert all("description =" in line or "summary=" in line or line[:3] == '"""' for line in others), (
            others
        )


def test_check_of_what_keeps_the_rules(run):
    code, out, _ = run("plugins", "check", "hirescam", "--examples", 2)
    assert (code, "All rules are kept." in out) == (0, True)
    assert "hirescam" in out


def test_a_name_alone_is_shown(run):
    assert run("plugins", "gradcam") == run("plugins", "show", "gradcam")
    code, _, err = run("plugins", "gradcan")
    assert (code, "Did you mean 'gradcam'?" in err) == (2, True)


def test_what_has_no_rules_is_refused(run):
    code, _, err = run("plugins", "check", "gradcan")
    assert (code, "No capability 'gradcan'" in err) == (2, True)

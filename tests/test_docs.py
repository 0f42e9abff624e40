"""What the documentation says is so: names, hooks, fields, numbers, commands and code."""

import importlib.util
import inspect
import json
import os
import pkgutil
import re
import shlex
import subprocess
import sys
import tomllib
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import get_args

import numpy as np
import PIL.Image
import pytest
from click.testing import CliRunner

import xaibrain
from xaibrain.audit.examine import audit
from xaibrain.cli import COMMANDS
from xaibrain.cli.group import cli
from xaibrain.core import hookspecs
from xaibrain.core.geometry import Geometry
from xaibrain.core.manager import manager
from xaibrain.core.records import Explanation, Image, Provenance, Status
from xaibrain.inputs import items_of
from xaibrain.recording import record_of
from xaibrain_brain_mri.archive import ARCHIVE

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
INCLUDE = re.compile(r'--8<-- "([^":]+)(?::([\w-]+))?"')


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def blocks(text: str, *languages: str) -> list[str]:
    fenced = re.findall(r"^```(\w*)[^\n]*\n(.*?)^```$", text, re.M | re.S)
    return [code for language, code in fenced if language in languages]


@pytest.fixture(scope="module")
def cards():
    """The module that puts the checkpoints' cards into the pages."""
    spec = importlib.util.spec_from_file_location("cards", DOCS / "cards.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", xaibrain.__all__)
def test_public_name_is_in_the_reference(name):
    reference = "".join(path.read_text("utf-8") for path in (DOCS / "reference").glob("*.md"))
    assert f"::: xaibrain.{name}\n" in reference or f"`xaibrain.{name}`" in reference


def test_every_hook_is_in_the_reference_and_on_the_page_about_plugins():
    hooks = [name for name, _ in inspect.getmembers(hookspecs, inspect.isfunction) if name.startswith("xai")]
    assert len(hooks) >= 3
    for hook in hooks:
        assert f"::: xaibrain.core.hookspecs.{hook}\n" in page("reference/interfaces.md")
        assert f"`{hook}`" in page("plugins.md")


def test_every_command_is_in_the_reference():
    text = page("reference/cli.md")
    for name in COMMANDS:
        assert f"{{{{ help {name} }}}}" in text
        command = cli.get_command(None, name)
        for below in getattr(command, "commands", {}):
            assert f"{{{{ help {name} {below} }}}}" in text


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_included_code_exists_and_other_code_is_run(path):
    for code in blocks(path.read_text("utf-8"), "python", "py", "toml"):
        included = INCLUDE.fullmatch(code.strip())
        if not included:
            # The one block of code that is no slice of an example; it is run below.
            assert path.name == "README.md", f"Take this from an example, so that it is tested:\n{code}"
            continue
        file, section = included.groups()
        assert file.startswith("examples/")
        text = (ROOT / file).read_text("utf-8")
        assert section is None or f"# --8<-- [start:{section}]" in text


def test_code_of_the_readme_runs(tmp_path):
    [code] = blocks(PAGES[0].read_text("utf-8"), "python")
    PIL.Image.fromarray(xaibrain.load_dataset("phantom")[0].pixels).save(tmp_path / "scan.jpg")
    shape = "\nprint(heatmap.shape, heatmap.dtype)"
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    told = subprocess.run(
        [sys.executable, "-c", code + shape],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert re.match(r"(glioma|meningioma|no|pituitary)_tumor \{", told)
    assert told.endswith("(256, 256) float32\n")


def commands() -> list[list[str]]:
    lines = [line for path in PAGES for block in blocks(path.read_text("utf-8"), "bash", "console")
             for line in block.replace("\\\n", "").splitlines()]  # fmt: skip
    parts = [part.strip(" $") for line in lines for part in line.split("&&")]
    return [shlex.split(part)[1:] for part in parts if part.startswith("xaibrain ")]


@pytest.mark.parametrize("arguments", commands(), ids=" ".join)
def test_options_of_every_shown_command_exist(arguments):
    answer = CliRunner().invoke(cli, [*arguments, "--help"])
    assert answer.exit_code == 0, answer.output


def test_readme_has_the_two_commands_to_the_letter():
    text = PAGES[0].read_text("utf-8")
    assert "\npip install . && xaibrain explain --explainer gradcam\n" in text
    assert '\npip install ".[test]" && pytest\n' in text


@pytest.mark.parametrize("name", ["brain-mri-efficientnet-b0", "phantom-efficientnet"])
def test_accuracy_is_that_of_the_card(name, cards):
    assert f"\n- `{name}`: {cards.accuracy(name)}\n" in PAGES[0].read_text("utf-8")
    assert f"{{{{ card {name} }}}}" in page("models.md")
    scored = xaibrain.load_model(name).card["held_out"]
    assert f"{scored['value']:.3f}" in cards.table(name)


def test_every_field_of_a_record_is_explained():
    geometry = Geometry((2, 2), (0, 0, 2, 2), (2, 2), (0, 0, 2, 2))
    provenance = Provenance("e", {}, "m", "f", {}, "h", "s", {})
    explanation = Explanation(Image(np.zeros((2, 2)), "i"), np.zeros((1, 1), np.float32), geometry,
                              "a", "a", {"a": 1.0}, None, "", "constant", provenance)  # fmt: skip
    text = page("guide/record.md")
    for field in record_of(explanation, {}, {}):
        assert f"| `{field}` |" in text
    for field in fields(Geometry):
        assert f"| `{field.name}` |" in page("guide/reading.md")


def test_every_status_is_explained():
    for status in get_args(Status):
        assert f"| `{status}` |" in page("guide/reading.md")


def test_every_setting_of_a_model_is_explained():
    for setting in set(inspect.signature(xaibrain.wrap).parameters) - {"model", "name"}:
        assert f"| `{setting}` |" in page("guide/own-model.md")


def test_every_room_and_plugin_is_in_the_plan_of_the_house():
    text = page("concepts/architecture.md")
    for module in pkgutil.iter_modules(xaibrain.__path__):
        name = f"{module.name}/" if module.ispkg else module.name
        assert f"`{name}`" in text
        assert re.search(rf"\b{module.name}\b", text[text.index("From high to low") :])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    plugins = set(project["project"]["entry-points"]["xaibrain"].values())
    assert plugins == set(project["tool"]["importlinter"]["root_packages"]) - {"xaibrain"}
    for plugin in plugins:
        assert f"| `{plugin}` |" in text


def test_what_comes_along_is_described():
    entries = manager().registry.entries()
    ours = [entry for entry in entries if entry.owner.startswith("xaibrain ")]
    names = {kind: [entry.spec.name for entry in ours if entry.kind == kind] for kind in ("dataset", "model")}
    for dataset in names["dataset"]:
        assert f"\n## {dataset}\n" in page("datasets.md")
    trained = [name for name in names["model"] if f"\n## {name}\n" in page("models.md")]
    assert len(trained) == 2
    assert f"and {len(names['model']) - 2} untrained architectures" in page("models.md")
    for explainer in (entry.spec.name for entry in ours if entry.kind == "explainer"):
        assert f"\n### {explainer} {{" in page("explainers.md")
    for folder, count in ARCHIVE.counts.items():
        assert folder.startswith("Testing") or f"{count} " in page("datasets.md")
    assert f"{sum(ARCHIVE.counts.values()):,} JPEG slices" in page("datasets.md")


def test_what_is_said_of_the_real_data_is_so(brain_mri_root, cards):
    data = xaibrain.load_dataset("brain-mri", root=str(brain_mri_root))
    found = audit("brain-mri", items_of(data))
    ids = [glance.id for glance in found.seen]
    text = page("datasets.md")
    files = sum(map(len, found.twins.identical))
    assert (
        f"{files} files are byte for byte equal to another one, in {len(found.twins.identical)} groups"
        in text
    )
    groups, files = len(found.twins.groups), sum(map(len, found.twins.groups))
    assert f"{files} files stand in {groups} groups of twins" in text
    assert f"{len(found.conflicts)} groups of twins carry more than one label" in text
    assert {ids[leak.position] for leak in found.leaks} == {id for id in ids if id.startswith("Testing/")}
    told = f"balanced accuracy of {found.probes.rows[0].accuracy:.2f}"
    for place in (PAGES[0].read_text("utf-8"), text, page("models.md")):
        assert told in " ".join(place.split())
    held = set(cards.card("brain-mri-efficientnet-b0")["split"]["held_out"])
    across = [{ids[pair.first], ids[pair.second]} for pair in found.twins.pairs]
    leaked = set().union(*(pair & held for pair in across if len(pair & held) == 1))
    assert not leaked
    assert "It has seen no copy of any of these pictures" in " ".join(page("models.md").split())


def test_picture_of_the_readme_was_made_with_the_model_that_comes_along():
    picture = PIL.Image.open(DOCS / "images" / "gradcam-phantom.png")
    drawn_with = picture.info.get("model")
    picture.close()
    fingerprint = xaibrain.load_model("phantom-efficientnet").fingerprint
    assert drawn_with == fingerprint, "Draw it anew: python docs/pictures.py"


@pytest.mark.parametrize("path", sorted(DOCS.glob("images/*.png")), ids=lambda path: path.name)
def test_pictures_are_small(path):
    assert path.stat().st_size < 400_000


@pytest.fixture(scope="module")
def tutorial():
    """The module that runs the tutorial's commands."""
    spec = importlib.util.spec_from_file_location("tutorial", DOCS / "tutorial.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def written_by(program: str, *arguments: str) -> set[str]:
    """The figures of a command: the file it is told to write, or those that its help says DIR receives."""
    if program != "xaibrain":
        return set()
    words = [word for word in arguments[:2] if word.isalpha()]
    names = re.findall(r"[\w-]+\.png", CliRunner().invoke(cli, [*words, "--help"]).output)
    places = [place for option, place in pairwise(arguments) if option in ("-o", "--preview")]
    return {*places, *(f"{place}/{name}" for place in places for name in names)}


def test_the_tutorial_was_run_as_it_stands(tutorial):
    ran = [shlex.split(line) for line in json.loads(tutorial.RAN.read_text("utf-8"))]
    assert tutorial.commands(page("guide/tutorial.md")) == ran, "Run it anew: python docs/tutorial.py"


def test_every_figure_of_the_tutorial_is_written_by_a_command_before_it(tutorial):
    text = page("guide/tutorial.md")
    kept = {path.relative_to(tutorial.IMAGES).as_posix(): path for path in tutorial.IMAGES.rglob("*.webp")}
    assert set(kept) == set(tutorial.figures(text))
    for name, path in kept.items():
        before = tutorial.commands(text[: text.index(f"../images/tutorial/{name})")])
        drawn = f"tutorial/{Path(name).with_suffix('.png')}"
        assert drawn in set().union(*(written_by(*command) for command in before))
        assert path.stat().st_size <= tutorial.LARGEST


def test_outputs_are_renewed_as_long_as_they_are_shown(tutorial):
    assert tutorial.excerpt("a  \n\n\nb\nc\n", "old\n") == "a\n\nb\nc\n"
    assert tutorial.excerpt("a\nb\nc\n", "old\nold\n…\n") == "a\nb\n…\n"
    assert tutorial.excerpt("a\nb\nc\nd\n", "old\n…\nold\n") == "a\n…\nd\n"


def test_the_page_about_performance_is_made_from_what_was_measured():
    spec = importlib.util.spec_from_file_location("timed", DOCS / "timed.py")
    timed = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(timed)
    text = page("guide/performance.md")
    assert set(re.findall(r"\{\{ timed (.+?) \}\}", text)) == set(timed.TABLES)
    filled = timed.on_page_markdown(text)
    assert "{{" not in filled
    assert re.search(r"\| RISE, [\d,]+ masks \| [\d.]+ \| \d\.\d\d \(", filled)
    assert re.search(r"\| xaibrain openvino \| gradcam \| [\d.,]+ \| \d\.\d\d \(", filled)


def test_every_test_that_brings_about_a_fault_exists():
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", page("concepts/faults.md"))
    assert len(named) > 40
    for file, name in named:
        assert f"\ndef {name}(" in (ROOT / "tests" / file).read_text("utf-8"), f"{file}::{name}"

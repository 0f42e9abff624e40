"""The page that explains what is dropped on it, driven in a real browser."""

import json
import os
import re
import socket
import subprocess
import sys
import zipfile

import numpy as np
import PIL.Image
import pytest
from watched import watched_page

import xaibrain
from xaibrain.app.work import Asked, answer
from xaibrain.errors import InputError, UsageError
from xaibrain_efficientnet.checkpoints import FOLDER

MODEL = "phantom-efficientnet"
FILE = FOLDER / f"{MODEL}.keras"


@pytest.fixture(scope="module")
def scans(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scans")
    for image in xaibrain.load_dataset("phantom", count=2, seed=3):
        PIL.Image.fromarray(image.pixels).save(folder / f"{image.id}.png")
    (folder / "broken.png").write_bytes(b"no picture")
    return folder


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Where the page is served, by the command itself; once it is stopped, nothing may be left of it."""
    pytest.importorskip("gradio", reason="no Gradio; pip install .[app]")
    # Converted here, so that the processes of the page need no framework.
    list(xaibrain.explain(np.zeros((64, 64), np.uint8), model=FILE))
    command = [sys.executable, "-m", "xaibrain", "app", "--no-open", "-p", "0", "-m", str(FILE)]
    folder = tmp_path_factory.mktemp("of-the-page")
    environment = {**os.environ, "TMPDIR": str(folder)}
    served = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    for line in served.stderr:
        found = re.search(r"at (http://127\.0\.0\.1:(\d+))/?\.", line)
        if found:
            break
    yield found[1], int(found[2])
    assert list(folder.glob("xaibrain-app-*/runs/*"))
    served.terminate()
    try:
        served.communicate(timeout=120)
    finally:
        served.kill()
    assert not list(folder.glob("xaibrain-app-*"))


@pytest.fixture
def page(chromium, address):
    # Gradio itself warns on the console.
    with watched_page(chromium, told=("error",), viewport={"width": 1500, "height": 900}) as page:
        page.goto(address[0])
        page.wait_for_selector("#explain")
        yield page


def drop(page, *paths):
    page.locator("#files input[type=file]").set_input_files([str(path) for path in paths])
    for path in paths:
        page.locator("#files").get_by_label(path.name).or_(page.locator("#files tr")).first.wait_for()


def choose(page, name, value):
    page.locator(f"#{name} input").click()
    page.get_by_role("option", name=value, exact=True).click()


def test_scans_are_explained_side_by_side_and_can_be_taken_along(page, scans, tmp_path):
    assert page.locator("#model input").input_value() == FILE.name
    choose(page, "methods", "hirescam")
    page.keyboard.press("Escape")
    choose(page, "class", "glioma_tumor")
    pictures = sorted(scans.glob("phantom*.png"))
    drop(page, *pictures)
    page.locator("#explain").click()
    report = page.frame_locator("iframe.report")
    report.locator("article .panel canvas").first.wait_for(timeout=240_000)
    assert report.locator("article").count() == 2
    assert report.locator("article").first.locator("figcaption strong").all_inner_texts() == [
        "scan", "gradcam", "hirescam",
    ]  # fmt: skip
    report.get_by_role("link", name="Provenance").click()
    assert report.locator("#provenance").is_visible()
    with page.expect_download() as taken:
        page.locator("#archive a").first.click()
    taken.value.save_as(tmp_path / "run.zip")
    with zipfile.ZipFile(tmp_path / "run.zip") as archive:
        [name] = [name for name in archive.namelist() if name.endswith("explanations.jsonl")]
        records = [json.loads(line) for line in archive.read(name).splitlines()]
        heatmap = np.load(archive.open(f"xaibrain-out/{records[0]['heatmap']}"))
    assert [one["target"] for one in records] == ["glioma_tumor"] * 4
    [same] = xaibrain.explain(str(pictures[0]), model=MODEL, target="glioma_tumor")
    np.testing.assert_allclose(heatmap, same.heatmap, rtol=1e-4, atol=1e-5)
    assert "--target=glioma_tumor" in page.locator("#typed textarea").input_value()


def test_a_bad_file_gets_a_sentence(page, scans):
    drop(page, scans / "broken.png")
    page.locator("#explain").click()
    page.locator("#said li").first.wait_for(timeout=240_000)
    said = page.locator("#said").inner_text()
    assert said.startswith("broken.png: ")
    assert "/" not in said.replace("http://", "")


def test_nobody_else_can_reach_the_page(address):
    # Another address of this very machine: a server that listens everywhere would answer there.
    with socket.socket() as other, pytest.raises(ConnectionRefusedError):
        other.connect(("127.0.0.2", address[1]))


def test_without_gradio_it_says_what_to_install(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "gradio", None)
    monkeypatch.delitem(sys.modules, "xaibrain.app.page", raising=False)
    code, out, said = run("app", "--no-open")
    assert (code, out) == (2, "")
    assert "pip install 'xaibrain[app]'" in said


def test_no_value_can_be_taken_for_an_option(tmp_path):
    asked = Asked(["--overwrite"], "--help", ["-n"], target="-d phantom", layer="--check")
    arguments = asked.arguments(tmp_path)
    assert arguments[arguments.index("--") :] == ["--", "--overwrite"]
    assert all(word.startswith(("--explainer=", "--model=", "--target=", "--layer=", "--output="))
               for word in arguments[1 : arguments.index("--")])  # fmt: skip


def test_what_cannot_be_done_is_told(tmp_path, scans):
    with pytest.raises(UsageError, match="at least one file and one method"):
        answer(Asked([], MODEL, ["gradcam"]), tmp_path)
    with pytest.raises(UsageError, match="nothing"):
        answer(Asked([str(scans / "broken.png")], MODEL, ["gradcam"], target="nothing"), tmp_path)
    with pytest.raises(InputError, match=r"^broken\.png: "):
        answer(Asked([str(scans / "broken.png")], MODEL, ["gradcam"]), tmp_path / "other")

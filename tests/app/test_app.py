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
from watched import serious, watched_page

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
    command = [
        sys.executable,
        "-m",
        "xaibrain",
        "app",
        "--no-open",
        "-p",
        "0",
        "--largest=1",
        "-m",
        str(FILE),
    ]
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


# Gradio itself warns on the console; and it asks how far an upload is, which a small one has left
# behind when the question comes: 404.
OF_GRADIO = {"told": ("error",), "excused": "/upload_progress?"}


@pytest.fixture
def page(chromium, address):
    with watched_page(chromium, **OF_GRADIO, viewport={"width": 1500, "height": 900}) as page:
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
        page.get_by_role("button", name="Download the run").click()
    taken.value.save_as(tmp_path / "run.zip")
    with zipfile.ZipFile(tmp_path / "run.zip") as archive:
        [name] = [name for name in archive.namelist() if name.endswith("explanations.jsonl")]
        records = [json.loads(line) for line in archive.read(name).splitlines()]
        heatmap = np.load(archive.open(f"xaibrain-out/{records[0]['heatmap']}"))
    assert [one["target"] for one in records] == ["glioma_tumor"] * 4
    [same] = xaibrain.explain(str(pictures[0]), model=MODEL, target="glioma_tumor")
    np.testing.assert_allclose(heatmap, same.heatmap, rtol=1e-4, atol=1e-5)
    with page.expect_download() as taken:
        page.get_by_role("button", name="Download the page").click()
    taken.value.save_as(tmp_path / "page.html")
    assert "<h1>What" in (tmp_path / "page.html").read_text("utf-8")
    assert "--target=glioma_tumor" in page.locator("#typed textarea").input_value()
    # Gradio's own and out of reach from here, nested-interactive: once files are listed, its button
    # "common.upload" (Gradio 6.31) holds the hidden file input, a control inside another.
    found = [rule for rule in serious(page) if not all("common.upload" in node for node in rule[1])]
    assert found == []


def test_volumes_are_explained_as_far_as_it_was_asked(page, tmp_path):
    nibabel = pytest.importorskip("nibabel", reason="no nibabel; pip install .[nifti]")
    pytest.importorskip("pydicom", reason="no pydicom; pip install .[dicom]")
    from volumes import affine_of, write_enhanced, write_series

    slices = [image.pixels[::2, ::2] for image in xaibrain.load_dataset("phantom", count=6, seed=4)]
    voxels, affine = np.stack([pixels.T for pixels in slices], axis=2), affine_of((0, 1, 2), (-1, -1, 1))
    nibabel.save(nibabel.Nifti1Image(voxels, affine), tmp_path / "head.nii.gz")
    write_enhanced(tmp_path / "frames.dcm", voxels.astype(np.int16), affine)
    write_series(tmp_path / "series", voxels.astype(np.int16), affine)
    # The page takes files by their suffix, which these are written without.
    series = [path.rename(path.with_suffix(".dcm")) for path in sorted((tmp_path / "series").iterdir())]
    drop(page, tmp_path / "head.nii.gz", tmp_path / "frames.dcm", *series)
    page.locator("#settings").get_by_label("Settings").fill("reader.slices=1,5")
    page.locator("#most").get_by_label("Pictures at most").fill("12")
    page.locator("#explain").click()
    report = page.frame_locator("iframe.report")
    report.locator("article .panel canvas").first.wait_for(timeout=240_000)
    assert sorted(report.locator("article .name").all_text_contents()) == ["Volume 1", "Volume 2", "Volume 3"]
    assert "3 volumes of 12 slices" in report.locator("#summary").inner_text()
    # Nothing went wrong, so nothing is said.
    assert page.locator("#said li").count() == 0


@pytest.mark.parametrize(("name", "size", "told"), [
    ("large.png", 1_200_000, "exceed the maximum allowed size of 1.0 Mb"),
    ("notes.txt", 10, "Only .bmp, .dcm"),
])  # fmt: skip
def test_files_that_are_too_large_or_of_another_kind_are_refused(page, tmp_path, name, size, told):
    (tmp_path / name).write_bytes(b"0" * size)
    page.locator("#files input[type=file]").set_input_files(tmp_path / name)
    page.get_by_text(told).first.wait_for()


def test_a_file_that_is_too_large_is_refused_by_the_server_too(address):
    import httpx

    large = {"files": ("large.png", b"0" * 1_200_000)}
    answer = httpx.post(f"{address[0]}/gradio_api/upload", files=large, trust_env=False, timeout=60)
    assert answer.status_code == 413


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_for_who_cannot_see_or_point(chromium, address, scheme):
    with watched_page(chromium, **OF_GRADIO, color_scheme=scheme) as page:
        page.goto(address[0])
        page.wait_for_selector("#explain")
        page.get_by_text("Drop File Here").first.wait_for()
        assert serious(page) == []


def test_the_page_opens_without_a_framework():
    code = "import sys, xaibrain.app.choices as c; c.trained_models(); c.methods(); c.suffixes(); " \
           "sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"  # fmt: skip
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


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
    assert Asked(["a"], "m", ["e"], limit=3, settings=["-x"]).arguments(tmp_path)[5:7] == [
        "--set=-x",
        "--limit=3",
    ]
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

"""Names that strangers chose: in any script, with escapes, markup and bytes that are no text."""

import json
import os

import numpy as np
import PIL.Image
import pytest

import xaibrain
from xaibrain.cli.plain import plain

NAMES = [
    "plain.png",
    "\x1b[31mred\x1b[0m\x07.png",
    "two\nlines\r.png",
    "gnp.\u202egpj.png",
    "\x9b2J.png",
    "<script>alert(1)</script> & [bold]|pipe`.png".replace("/", "∕"),
    "عربى تصوير.png",
    "脳の画像.png",
    "e\u0301 ñ.png",
    "🧠.png",
    os.fsdecode(b"no text \xff\xfe.png"),
    "x" * 240 + ".png",
]
IDS = {*NAMES[:10], "no text \\xff\\xfe.png", NAMES[11]}
FORBIDDEN = set("\x1b\x07\r\u202e\x9b")


@pytest.fixture(scope="module", autouse=True)
def converted():
    """The model, converted for its engine: that is told once, and not to these tests."""
    xaibrain.load_model("phantom-efficientnet").prepare(frozenset())


@pytest.fixture
def scans(tmp_path):
    """A folder of dark and bright pictures with such names."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for number, name in enumerate(NAMES):
        pixels = np.full((9, 9), 20 * number, np.uint8)
        try:
            with (folder / name).open("wb") as file:
                PIL.Image.fromarray(pixels).save(file, "PNG")
        except OSError:
            pytest.skip("this file system does not take such names")
    (folder / "\x1b[2Jbad.png").write_text("no picture")
    return folder


def test_every_name_becomes_a_record_and_none_reaches_the_terminal_raw(run, tmp_path, scans):
    code, out, err = run("explain", scans, "-m", "phantom-efficientnet", "-e", "baseline-centre")
    assert (code, len(err.splitlines())) == (1, 1)
    assert "\\x1b[2Jbad.png" in err
    assert not FORBIDDEN & set(out + err)
    assert "脳の画像.png" in out
    lines = (tmp_path / "xaibrain-out/explanations.jsonl").read_text("utf-8").split("\n")[:-1]
    records = [json.loads(line) for line in lines]
    assert {record["id"] for record in records} == {*IDS, "\x1b[2Jbad.png"}
    for record in records:
        if not record["error"]:
            assert (tmp_path / "xaibrain-out" / record["heatmap"]).is_file()
            assert (tmp_path / "xaibrain-out" / record["overlay"]).is_file()


@pytest.mark.parametrize("how", [[], ["--json"], ["-o", "found.csv"], ["-o", "found.json"]])
def test_they_can_be_classified(run, tmp_path, scans, how):
    code, out, err = run("predict", scans, "-m", "phantom-efficientnet", *how)
    assert (code, len(err.splitlines())) == (1, 1)
    assert not FORBIDDEN & set(err + ("" if how else out))
    if how == ["--json"]:
        assert {row["id"] for row in json.loads(out)} > IDS


def test_what_has_no_letter_is_written_as_python_writes_it():
    assert plain("a\x1b[1m\n\u202e\udcff é 脳") == "a\\x1b[1m\\n\\u202e\\udcff é 脳"

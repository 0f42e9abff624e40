"""Faults of the world around a run, each brought about, and what a user sees of it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from fakes import FakeModel

import xaibrain
from xaibrain import explain
from xaibrain.core.records import Explanation, Failure
from xaibrain.inputs import items_of
from xaibrain.reading import find_images

ASKED = ["explain", "-m", "phantom-efficientnet", "-e", "baseline-centre", "--no-overlays"]


@pytest.fixture(scope="module", autouse=True)
def converted():
    """The model, converted for its engine: that is told once, and not to these tests."""
    xaibrain.load_model("phantom-efficientnet").prepare(frozenset())


def grey_files(folder, count, side=8):
    folder.mkdir(exist_ok=True)
    for number in range(count):
        PIL.Image.fromarray(np.full((side, side), number % 256, np.uint8)).save(folder / f"{number:05d}.png")
    return folder


class Centre:
    def explain(self, model, images, targets):
        return images[..., 0]


def test_a_file_that_vanishes_after_it_was_listed_is_the_only_one_lost(tmp_path):
    items = items_of(str(grey_files(tmp_path / "scans", 5)))
    (tmp_path / "scans/00002.png").unlink()
    pictures = [explained for item in items for explained in explain_one(item)]
    assert [type(one) for one in pictures] == [Explanation] * 2 + [Failure] + [Explanation] * 2
    assert "00002.png: no such file" in pictures[2].error


def explain_one(item):
    from xaibrain.pipeline import Pipeline

    [outcomes] = Pipeline(FakeModel(), {"centre": Centre()}).run([item])
    return outcomes


def test_a_link_to_itself_and_one_to_nowhere_are_errors_of_theirs(run, tmp_path):
    scans = grey_files(tmp_path / "scans", 2)
    try:
        (scans / "loop.png").symlink_to(scans / "loop.png")
        (scans / "nowhere.png").symlink_to(scans / "gone.png")
        (scans / "round").symlink_to(scans, target_is_directory=True)
    except OSError:
        pytest.skip("this system makes no links")
    code, out, err = run(*ASKED, scans)
    assert (code, len(err.splitlines())) == (1, 2), err
    assert "2 maps, 2 failed" in out


def test_fifty_thousand_files_in_one_folder_are_listed_each_once(tmp_path):
    for number in range(50_000):
        # Without a descriptor for each: what is listed need not be opened.
        os.mknod(tmp_path / f"{number:05d}.png")
    found = find_images([tmp_path])
    assert [one.id for one in found] == [f"{number:05d}.png" for number in range(50_000)]


def test_a_method_that_fails_for_all_pictures_fails_each(tmp_path):
    class Broken:
        def explain(self, model, images, targets):
            raise MemoryError("no room")

    images = [xaibrain.Image(np.full((4, 4), value, np.uint8), str(value)) for value in range(7)]
    found = list(explain(images, model=FakeModel(), explainer=Broken(), on_error="yield"))
    assert [one.error for one in found] == [f"{value}: Broken: MemoryError: no room" for value in range(7)]


@pytest.mark.parametrize(
    "executor", [[], ["--executor", "processes", "--workers", "1"]], ids=["local", "workers"]
)
def test_an_interrupted_run_stops_at_once_counts_exactly_and_goes_on(tmp_path, executor):
    scans = grey_files(tmp_path / "scans", 1500)
    words = [sys.executable, "-m", "xaibrain", *ASKED, str(scans), "-o", str(tmp_path / "out"), *executor]
    part = tmp_path / ".out.partial/explanations.jsonl"
    # Whoever runs the tests in the background has interruptions ignored, and children inherit that.
    heeded = signal.signal(signal.SIGINT, signal.default_int_handler)
    stopped = subprocess.Popen([*words, "--batch-size", "4"], stderr=subprocess.PIPE, text=True)
    signal.signal(signal.SIGINT, heeded)
    waited(lambda: lines_in(part) >= 8, stopped)
    stopped.send_signal(signal.SIGINT)
    _, told = stopped.communicate(timeout=60)
    assert stopped.returncode == 130, told
    [count] = re.findall(r"Stopped: (\d+) of 1500 pictures are done\. The same command goes on", told)
    assert "Traceback" not in told
    assert int(count) == lines_in(part) < 1500
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    assert "1500 maps. See" in done.stdout
    lines = (tmp_path / "out/explanations.jsonl").read_text().splitlines()
    assert len({json.loads(line)["id"] for line in lines}) == len(lines) == 1500


def waited(ready, process):
    deadline = time.monotonic() + 120
    while not ready():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def lines_in(path):
    return path.read_bytes().count(b"\n") if path.exists() else 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full here")
def test_a_device_that_is_full_is_one_line(run, tmp_path):
    """The real error of the system, where the other tests only raise it."""
    (tmp_path / "scans").mkdir()
    grey_files(tmp_path / "scans", 2)
    (tmp_path / "out").symlink_to("/dev/full")
    code, _, err = run(*ASKED, "scans", "-o", "out/run")
    assert (code, len(err.splitlines())) == (2, 1)
    assert err.startswith("Error: Cannot write")

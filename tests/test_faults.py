"""Faults of the world around a run, each brought about, and what a user sees of it."""

import json
import os
import random
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
    stopped = started([*words, "--batch-size", "4"])
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


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no file that never comes here")
def test_a_run_that_waits_for_a_file_that_never_comes_can_be_interrupted(tmp_path):
    scans = grey_files(tmp_path / "scans", 12)
    os.mkfifo(scans / "00008b.png")
    words = [sys.executable, "-m", "xaibrain", *ASKED, str(scans), "-o", str(tmp_path / "out")]
    part = tmp_path / ".out.partial/explanations.jsonl"
    stopped = started([*words, "--batch-size", "4"])
    waited(lambda: lines_in(part) == 8, stopped)
    interrupted = time.monotonic()
    stopped.send_signal(signal.SIGINT)
    _, told = stopped.communicate(timeout=60)
    assert time.monotonic() - interrupted < 10
    assert (stopped.returncode, "Traceback" in told) == (130, False), told
    assert "Stopped: 8 of 13 pictures are done." in told
    (scans / "00008b.png").unlink()
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    assert "12 maps. See" in done.stdout


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="processes cannot be looked up here")
def test_a_worker_and_then_the_driver_are_killed_at_random_and_every_record_is_there_once(run, tmp_path):
    scans = grey_files(tmp_path / "scans", 200)
    assert run(*ASKED, scans, "-o", "calm")[0] == 0
    # Comes last and never, so that the run cannot end before it is killed.
    os.mkfifo(scans / "never.png")
    words = [sys.executable, "-m", "xaibrain", *ASKED, str(scans), "-o", "wild", "--batch-size", "4"]
    part = tmp_path / ".wild.partial/explanations.jsonl"
    first, second = random.randrange(1, 100), random.randrange(100, 200)
    driver = started([*words, "--executor", "processes", "--workers", "2"])
    waited(lambda: lines_in(part) >= first, driver)
    os.kill(random.choice(workers_of(driver.pid)), signal.SIGKILL)
    waited(lambda: lines_in(part) >= second, driver)
    driver.kill()
    driver.communicate()
    (scans / "never.png").unlink()
    assert run(*words[3:])[0] == 0
    calm, wild = (records_of(tmp_path / name) for name in ("calm", "wild"))
    assert len({record["identity"] for record in wild}) == len(wild) == 200
    for one, other in zip(calm, wild, strict=True):
        maps = [(tmp_path / name / one["heatmap"]).read_bytes() for name in ("calm", "wild")]
        assert maps[0] == maps[1]
        # How many cores an engine has changes the order of its sums.
        assert one.pop("probabilities") == pytest.approx(other.pop("probabilities"), abs=1e-5)
        assert one == other


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="processes cannot be looked up here")
def test_a_worker_that_waits_for_a_file_ends_with_its_driver(tmp_path):
    scans = grey_files(tmp_path / "scans", 8)
    os.mkfifo(scans / "never.png")
    words = [sys.executable, "-m", "xaibrain", *ASKED, str(scans), "-o", str(tmp_path / "out")]
    part = tmp_path / ".out.partial/explanations.jsonl"
    driver = started([*words, "--batch-size", "4", "--executor", "processes", "--workers", "1"])
    waited(lambda: lines_in(part) == 8, driver)
    assert workers_of(driver.pid)
    driver.kill()
    # Comes to its end when the worker does, which has the other end of the line.
    driver.communicate(timeout=60)
    assert driver.returncode == -signal.SIGKILL


def records_of(folder):
    lines = (folder / "explanations.jsonl").read_text("utf-8").splitlines()
    return [{**json.loads(line), "seconds": 0} for line in lines]


def workers_of(driver):
    found = []
    for told in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(told.read_text().rpartition(")")[2].split()[1])
            if parent == driver and b"spawn_main" in told.with_name("cmdline").read_bytes():
                found.append(int(told.parent.name))
        except OSError:
            # It ended meanwhile.
            continue
    return found


def started(words):
    """Start a process that heeds interruptions: whoever runs tests in the background has them ignored."""
    heeded = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    signal.signal(signal.SIGINT, heeded)
    return process


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

"""A folder of JPEGs by the command line: how fast beside the forward pass alone, and in how much memory."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import xaibrain

Command = Sequence[str | Path | int]

_MEASURED = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
_, status, used = os.wait4(process.pid, 0)
print(used.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""Runs a command and tells its memory. Not done here: Linux counts who starts a process into its largest
resident set, and this process is large."""


def throughput(model: Path, pictures: Path, count: int, work: Path, rounds: int) -> dict[str, Any]:
    """Return seconds, round by round: forward passes of so many pictures, and runs with and without overlays.

    The passes are asked for as `logits` of 32 pictures at a time, the quickest way to ask for them. From each
    run the time of one that explains a single picture is taken off: what remains is the work, not the start.

    Nothing is removed until all is timed: for minutes after many files were removed, ext4 looks past each of
    them whenever a file is made near by, which was seen to take twenty times as long.
    """
    work = Path(tempfile.mkdtemp(dir=work))
    engine = xaibrain.load_model(model, engine="openvino")
    images = np.random.default_rng(0).uniform(0, 255, (32, 224, 224, 3)).astype(np.float32)
    seconds: dict[str, list[float]] = {"forward": [], "overlays": [], "none": [], "start": []}
    explained(model, pictures, 1, work)
    engine.logits(images)
    for _ in range(rounds):
        started = time.perf_counter()
        for _ in range(count // 32):
            engine.logits(images)
        seconds["forward"].append((time.perf_counter() - started) * count / (count // 32 * 32))
        seconds["start"].append(explained(model, pictures, 1, work)[0])
        seconds["overlays"].append(explained(model, pictures, count, work)[0])
        seconds["none"].append(explained(model, pictures, count, work, "--no-overlays")[0])
    shutil.rmtree(work)
    return {"pictures": count, "seconds": seconds}


def memory(model: Path, pictures: Path, counts: Sequence[int], work: Path) -> dict[str, int]:
    """Return the largest resident set in MiB, by how many pictures were explained.

    They are taken evenly from all of them: a few large ones, wherever they stand, take memory of their own.
    """
    work = Path(tempfile.mkdtemp(dir=work))
    explained(model, pictures, 1, work)  # converts the model where that was not done before
    used = {}
    for count in counts:
        folder = _spread(pictures, count, work / str(count))
        used[str(count)] = explained(model, folder, count, work)[1]
    shutil.rmtree(work)
    return used


def _spread(pictures: Path, count: int, folder: Path) -> Path:
    """Make a folder of links to some of the pictures, evenly from the first to the last."""
    found = sorted(pictures.rglob("*.jpg"))
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:06d}.jpg").symlink_to(found[number * len(found) // count].resolve())
    return folder


def explained(model: Path, pictures: Path, count: int, work: Path, *options: str) -> tuple[float, int]:
    """Explain some pictures in a process of its own: its seconds, and its largest resident set in MiB."""
    output = ["-o", Path(tempfile.mkdtemp(dir=work)) / "run", *options]
    command: Command = ["explain", pictures, "-m", model, "--engine", "openvino", "-n", count, *output]
    started = time.perf_counter()
    whole = [sys.executable, "-c", _MEASURED, sys.executable, "-m", "xaibrain", *map(str, command)]
    done = subprocess.run(whole, capture_output=True, text=True)
    seconds = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"xaibrain {' '.join(map(str, command))} left with {done.returncode}")
    return seconds, int(done.stdout) // 1024

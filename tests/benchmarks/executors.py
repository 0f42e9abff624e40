"""Executors side by side, on one machine and with a real model. By hand, on a machine that does nothing else:

    python tests/benchmarks/executors.py 10000

The model is the trained EfficientNet-B0, pictures are drawn scans of 256 × 256 pixels in JPEG. Each executor
explains the same pictures once, one after another. Prints one table: seconds until the first record is
written, seconds from then to the end, milliseconds of those a scan, the whole over that of `local`; and the
processor time of all processes together, in seconds at the start, and in milliseconds a scan from then on.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL.Image

MODEL, DRAWN = "brain-mri-efficientnet-b0", 50
WAYS = {
    "local": [],
    "processes, 1": ["--executor", "processes", "--workers", "1"],
    "ray, 1": ["--executor", "ray", "--workers", "1"],
    "processes, 2": ["--executor", "processes", "--workers", "2"],
    "ray, 2": ["--executor", "ray", "--workers", "2"],
}


@dataclass(frozen=True)
class Cost:
    """What a run took, in seconds.

    Attributes:
        start: Until its first record was on the disk.
        rest: From then on.
        start_cpu: Of all cores, by all its processes, until its first record was on the disk.
        rest_cpu: Likewise, from then on.
    """

    start: float
    rest: float
    start_cpu: float
    rest_cpu: float


def pictures(folder: Path, count: int) -> Path:
    """Write so many scans, no two of them equal."""
    import xaibrain

    drawn = [image.pixels for image in xaibrain.load_dataset("phantom", count=DRAWN)]
    folder.mkdir()
    for number in range(count):
        pixels = drawn[number % DRAWN]
        big = np.asarray(PIL.Image.fromarray(pixels).resize((256, 256)))
        PIL.Image.fromarray(np.roll(big, number // DRAWN - 50, axis=1)).save(folder / f"{number:06d}.jpg")
    return folder


def cost(words: list[str], out: Path) -> Cost:
    """Run to the end; watch for the first record, and what the processes of the run use."""
    records = out.with_name(f".{out.name}.partial") / "explanations.jsonl"
    used: dict[int, float] = {}
    first, first_cpu, looked = 0.0, 0.0, 0.0
    started = time.perf_counter()
    process = subprocess.Popen([*words, "-o", str(out)], stdout=subprocess.DEVNULL)
    while process.poll() is None:
        now = time.perf_counter() - started
        if not first and records.exists() and records.stat().st_size:
            used |= processor_time(process.pid)
            first, first_cpu = now, sum(used.values())
        if now - looked > 0.5:
            used |= processor_time(process.pid)
            looked = now
        time.sleep(0.02)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {process.returncode}")
    return Cost(first, time.perf_counter() - started - first, first_cpu, sum(used.values()) - first_cpu)


def processor_time(root: int) -> dict[int, float]:
    """Return the seconds of processor time of a process and all below it, by process; ended ones are gone."""
    below: dict[int, list[int]] = {}
    seconds: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                told = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            below.setdefault(int(told[1]), []).append(int(entry.name))
            seconds[int(entry.name)] = (int(told[11]) + int(told[12])) / 100
    family = [root]
    for member in family:
        family += below.get(member, [])
    return {member: seconds[member] for member in family if member in seconds}


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scans", type=int)
    parser.add_argument("--only", nargs="+", choices=WAYS, default=list(WAYS))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        scans = pictures(Path(home) / "scans", given.scans)
        words = [sys.executable, "-m", "xaibrain", "explain", str(scans), "-m", MODEL, "--no-overlays"]
        # Converts the model, for all that follow.
        cost([*words, "-n", "1"], Path(home) / "first")
        columns = ("executor", "start", "rest", "a scan", "whole, to local", "start, CPU", "a scan, CPU")
        print(f"| {' | '.join(columns)} |", "|---" * len(columns) + "|", sep="\n", flush=True)
        local = 0.0
        for name in given.only:
            found = cost([*words, *WAYS[name]], Path(home) / name.replace(", ", "-"))
            whole = found.start + found.rest
            local = local or whole
            each, each_cpu = (1000 * seconds / given.scans for seconds in (found.rest, found.rest_cpu))
            cells = (
                name, f"{found.start:.1f} s", f"{found.rest:.1f} s", f"{each:.2f} ms", f"{whole / local:.2f}",
                f"{found.start_cpu:.1f} s", f"{each_cpu:.2f} ms",
            )  # fmt: skip
            print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()

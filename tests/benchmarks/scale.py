"""What very many pictures cost, and what a run comes to when its processes are killed. By hand:

    python tests/benchmarks/scale.py cost 1000 10000 --workers 1 2
    python tests/benchmarks/scale.py killed 10000
    python tests/benchmarks/scale.py soak 20000

The model is the smallest that there is, and pictures are of 16 × 16 pixels: what is measured is everything
but the model (executors with a real one: `executors.py`). Prints one line of JSON a measurement.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import zarr

from xaibrain.results import each_record
from xaibrain.stores.columns import SHARD

SIDE, PER_FOLDER = 16, 1000


def pictures(folder: Path, count: int) -> Path:
    """Write so many pictures of noise, a thousand to a folder."""
    rng = np.random.default_rng(0)
    for number in range(count):
        path = folder / f"{number // PER_FOLDER:05d}" / f"{number:08d}.png"
        if number % PER_FOLDER == 0:
            path.parent.mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray(rng.integers(0, 256, (SIDE, SIDE), np.uint8)).save(path)
    return folder


def tiny_model(path: Path) -> Path:
    """Write the smallest model."""
    from xaibrain.keras.tiny import tiny

    tiny(SIDE).network.save(path)  # type: ignore[attr-defined]
    return path


def command(model: Path, scans: Path, out: Path, *more: str) -> list[str]:
    """Return the command line of a run without overlays."""
    return [
        sys.executable, "-m", "xaibrain", "explain", str(scans), "-m", str(model), "-e", "gradcam",
        "--no-overlays", "-o", str(out), *more,
    ]  # fmt: skip


def timed(words: list[str]) -> dict[str, float]:
    """Run a command to its end; return its seconds, those of all its processors, and its largest memory."""
    started = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if status:
        raise SystemExit(f"{' '.join(words)} ended with {os.waitstatus_to_exitcode(status)}")
    cpu = used.ru_utime + used.ru_stime
    return {"wall_s": round(wall, 2), "cpu_s": round(cpu, 2), "largest_mb": round(used.ru_maxrss / 1024)}


def say(**told: Any) -> None:
    """Print a measurement."""
    print(json.dumps(told), flush=True)


def cost(work: Path, counts: list[int], workers: list[int], stores: list[str]) -> None:
    """Measure how a run grows with its pictures, and with its workers."""
    model = tiny_model(work / "tiny.keras")
    for count in counts:
        scans = pictures(work / f"scans-{count}", count)
        for store in stores:
            for number in workers:
                where = ["--executor", "processes", "--workers", str(number)] if number else []
                out = work / f"out-{count}-{store}-{number}"
                found = timed(command(model, scans, out, "--store", store, *where))
                files = sum(1 for _ in out.rglob("*"))
                size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
                say(
                    pictures=count,
                    store=store,
                    workers=number or "local",
                    files=files,
                    mb=size >> 20,
                    **found,
                )
                subprocess.run(["rm", "-rf", str(out)], check=True)


def killed(work: Path, count: int, store: str, seed: int) -> None:
    """Kill workers and the driver three times each, at random, and compare with an undisturbed run."""
    rng = random.Random(seed)
    work.mkdir()
    model, scans = tiny_model(work / "tiny.keras"), pictures(work / "scans", count)
    where = ["--executor", "processes", "--workers", "2", "--store", store]
    subprocess.run(command(model, scans, work / "calm", *where), check=True, stdout=subprocess.DEVNULL)
    moments = sorted((rng.uniform(0.05, 0.95), who) for who in ["worker", "driver"] * 3)
    words, part = command(model, scans, work / "wild", *where), work / ".wild.partial"
    driver = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    for moment, who in moments:
        # Columns are written in parts: how far the run is beyond the last is not to be seen, but is random.
        due = moment * count if store == "files" else moment * count // SHARD * SHARD
        while done(part) < due or not workers_of(driver.pid):
            if driver.poll() is not None:
                raise SystemExit(f"the run ended by itself, with {driver.returncode}")
            time.sleep(0.005)
        if store != "files":
            time.sleep(rng.uniform(0, 0.3))
        os.kill(rng.choice(workers_of(driver.pid)) if who == "worker" else driver.pid, signal.SIGKILL)
        say(store=store, killed=who, at=done(part))
        if who == "driver":
            driver.wait()
            driver = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    driver.wait()
    calm, wild = (list(each_record(work / name)) for name in ("calm", "wild"))
    # A map may lie in another row, and may have taken another time.
    apart = {"seconds": 0, "row": 0}
    same = sum({**one, **apart} == {**other, **apart} for one, other in zip(calm, wild, strict=False))
    differences = [
        float(np.abs(one - other).max())
        for one, other in zip(maps_of(work / "calm", calm), maps_of(work / "wild", wild), strict=False)
    ]
    say(store=store, exit_code=driver.returncode, records=len(wild),
        distinct=len({one["identity"] for one in wild}), errors=sum(bool(one["error"]) for one in wild),
        identical_records=same, identical_maps=sum(not difference for difference in differences),
        largest_difference=max(differences))  # fmt: skip


def soak(count: int) -> None:
    """Explain so many pictures in one process; print its memory and handles on the way."""
    import xaibrain

    images = (
        xaibrain.Image(np.full((SIDE, SIDE), index % 256, np.uint8), str(index)) for index in range(count)
    )
    with tempfile.TemporaryDirectory() as folder:
        model = xaibrain.load_model(tiny_model(Path(folder) / "tiny.keras"))
    for number in range(0, count, 500):
        batch = [image for image, _ in zip(images, range(500), strict=False)]
        for _ in xaibrain.explain(batch, model=model):
            pass
        if number % 2000 == 0 or number + 500 >= count:
            say(
                explained=number + 500,
                memory_mb=round(memory() / 2**20, 2),
                handles=sum(1 for _ in Path("/proc/self/fd").iterdir()),
            )


def memory() -> int:
    """Return what this process has in memory: bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def done(part: Path) -> int:
    """Return how many records a run under way has on the disk."""
    try:
        return (part / "explanations.jsonl").read_bytes().count(b"\n")
    except FileNotFoundError:
        return SHARD * sum(1 for _ in part.glob("parts/*.parquet"))


def workers_of(driver: int) -> list[int]:
    """Return the worker processes of a driver."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == driver and b"spawn_main" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except (OSError, ValueError):
            continue
    return found


def maps_of(folder: Path, records: list[dict[str, Any]]) -> Iterator[Any]:
    """Yield the maps of records."""
    for record in records:
        if record["row"] is None:
            yield np.load(folder / record["heatmap"])
        else:
            yield zarr.open(folder / record["heatmap"], mode="r")[record["row"]]


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["cost", "killed", "soak"])
    parser.add_argument("counts", type=int, nargs="+")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4], help="0 for the executor local")
    parser.add_argument("--stores", nargs="+", default=["files", "columnar"])
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.what == "cost":
            cost(Path(folder), given.counts, given.workers, given.stores)
        elif given.what == "killed":
            for store in given.stores:
                killed(Path(folder) / store, given.counts[0], store, given.seed)
        else:
            soak(given.counts[0])


if __name__ == "__main__":
    main()

"""Opens a report of a thousand scans beside one of ten: python tests/benchmarks/large_report.py.

Each is opened in turn, several times, in a headless Chromium. Printed are the best times from asking for the
file until the first map is painted, their ratio, and how long a frame takes while the large one is scrolled.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
from playwright.sync_api import Browser, sync_playwright

from xaibrain.report.build import write_report
from xaibrain.report.run import read_run

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from runs import record, write_run

SIDE, TURNS = 256, 3
GEOMETRY = {
    "source": [SIDE, SIDE],
    "crop": [0, 0, SIDE, SIDE],
    "frame": [224, 224],
    "content": [0, 0, 224, 224],
}

SCROLLED = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const waits = [];
  await frame();
  for (let last = performance.now(); waits.length < 100;) {
    scrollBy({ top: 200, behavior: "instant" });
    await frame();
    const now = performance.now();
    waits.push(now - last);
    last = now;
  }
  return waits;
}"""
"""How long each of a hundred frames takes, in milliseconds, about a card a frame."""


def made(folder: Path, count: int) -> Path:
    """Write a run of so many scans, smooth with some noise, two coarse maps each, and its report."""
    records = [
        record(at, method, geometry=GEOMETRY) for at in range(count) for method in ("gradcam", "layercam")
    ]
    write_run(folder, records)
    draw = np.random.default_rng(0)
    for at in range(count):
        coarse = draw.uniform(0, 200, (12, 12)).astype(np.float32)
        smooth = cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) + draw.normal(
            0, 4, (SIDE, SIDE)
        )
        PIL.Image.fromarray(np.clip(smooth, 0, 255).astype(np.uint8)).save(folder / "scans" / f"{at}.png")
    path = folder / "report.html"
    write_report(read_run(folder), path)
    return path


def opened(browser: Browser, path: Path) -> tuple[float, float]:
    """Return seconds until the first map is painted, and the median frame in milliseconds while scrolling."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    started = time.perf_counter()
    page.goto(path.as_uri(), wait_until="commit")
    page.wait_for_selector(f".panel:nth-child(2) canvas[width='{SIDE}']", timeout=60_000)
    seconds = time.perf_counter() - started
    frame = float(np.median(page.evaluate(SCROLLED)))
    page.close()
    return seconds, frame


def main() -> None:
    """Measure, and print."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        pages = {count: made(Path(folder) / str(count), count) for count in (10, 1000)}
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        turns = [{count: opened(browser, path) for count, path in pages.items()} for _ in range(TURNS)]
        browser.close()
        best = {count: min(turn[count] for turn in turns) for count in pages}
        print(json.dumps({
            "seconds": {count: round(seconds, 2) for count, (seconds, _) in best.items()},
            "ratio": round(best[1000][0] / best[10][0], 2),
            "median frame while scrolling, ms": round(min(turn[1000][1] for turn in turns)),
            "megabytes": round(pages[1000].stat().st_size / 1e6, 1),
        }))  # fmt: skip


if __name__ == "__main__":
    main()

"""Takes the screenshots of the documentation anew, of a run on phantom: python docs/screens.py.

It needs the extras app, browser and nifti, and Chromium.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nibabel
import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

import xaibrain
from xaibrain_efficientnet.checkpoints import FOLDER

IMAGES = Path(__file__).parent / "images"
MODEL = "phantom-efficientnet"
_XAIBRAIN = [sys.executable, "-m", "xaibrain"]
_QUALITY = 82


def main() -> None:
    """Make a run, open its page and the app, and look at both."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--hide-scrollbars"]
        )
        _take_report(browser, _run(Path(folder)))
        _take_volume(browser, Path(folder))
        _take_app(browser, Path(folder))
        browser.close()


def _run(folder: Path) -> str:
    """Explain phantom by three methods, and return the address of the page."""
    methods = [f"--explainer={name}" for name in ("gradcam", "occlusion", "smoothgrad")]
    return _explained(folder / "run", *methods, "--check")


def _explained(run: Path, *arguments: str) -> str:
    subprocess.run([*_XAIBRAIN, "explain", *arguments, f"--output={run}"], check=True)
    subprocess.run([*_XAIBRAIN, "report", str(run)], check=True)
    return (run / "report.html").as_uri()


def _take_report(browser: Browser, address: str) -> None:
    page = _page(browser, "light", 1280, 800)
    page.goto(address)
    page.wait_for_selector("article .panel canvas")
    _save(page, "report")
    page = _page(browser, "dark", 1280, 800)
    page.goto(address)
    page.locator("article .name").nth(1).click()
    page.wait_for_selector("#facts dl")
    page.locator("#swipe").fill("40")
    page.locator("#stage").focus()
    page.keyboard.press("ArrowDown")
    _save(page, "report-large")
    page = _page(browser, "light", 390, 780)
    page.goto(address)
    page.wait_for_selector("article .panel canvas")
    page.evaluate("scrollTo({ top: 260, behavior: 'instant' })")
    _save(page, "report-phone")


def _take_volume(browser: Browser, folder: Path) -> None:
    """Put drawn slices one above the other, explain them for one class, and open the volume large."""
    scans = xaibrain.load_dataset("phantom", count=40, seed=4)
    axial = [scan.pixels for scan in scans if scan.id.endswith("axial")]
    voxels = np.stack([np.flipud(pixels).T for pixels in axial], axis=2)
    nibabel.save(nibabel.Nifti1Image(voxels, np.diag((-1.0, 1.0, 5.0, 1.0))), folder / "head.nii.gz")
    given = (str(folder / "head.nii.gz"), f"--model={MODEL}", "--target=glioma_tumor")
    page = _page(browser, "dark", 1280, 860)
    page.goto(_explained(folder / "volume", *given))
    page.locator("article .name").first.click()
    page.wait_for_selector("#facts dl")
    _save(page, "report-volume")


def _take_app(browser: Browser, folder: Path) -> None:
    scans = []
    for image in xaibrain.load_dataset("phantom", count=2):
        scans.append(folder / f"scan-{len(scans) + 1}.png")
        Image.fromarray(image.pixels).save(scans[-1])
    command = [*_XAIBRAIN, "app", "--no-open", "--port=0", f"--model={FOLDER / MODEL}.keras"]
    served = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert served.stderr
    address = next(
        found[1] for found in (re.search(r"at (http\S+)/\.", line) for line in served.stderr) if found
    )
    page = _page(browser, "light", 1500, 820)
    page.goto(address)
    page.locator("#files input[type=file]").set_input_files(scans)
    page.wait_for_timeout(2000)
    page.locator("#explain").click()
    page.frame_locator("iframe.report").locator("article .panel canvas").first.wait_for(timeout=120_000)
    page.evaluate("scrollTo(0, 0)")
    _save(page, "app")
    served.terminate()
    served.wait()


def _page(browser: Browser, scheme: str, width: int, height: int) -> Page:
    page = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": height},
    ).new_page()
    page.set_default_timeout(60_000)
    return page


def _save(page: Page, name: str) -> None:
    page.wait_for_timeout(1000)
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    shot.save(IMAGES / f"{name}.webp", quality=_QUALITY, method=6)


if __name__ == "__main__":
    main()

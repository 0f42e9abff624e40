"""Where the real data lies, for the tests that need it."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import settings

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"


def _data_folder(holds: str, *below: str) -> Path:
    """Return the first folder with this in it: below XAIBRAIN_DATA, else beside the checkout."""
    given = os.environ.get("XAIBRAIN_DATA", "")
    for place in (Path(given), BESIDE) if given else (BESIDE,):
        for folder in below:
            if (place / folder / holds).exists():
                return place / folder
    pytest.skip(f"no {below[0]} in {given or BESIDE}; set XAIBRAIN_DATA to the folder that holds it")


@pytest.fixture(scope="session")
def brain_mri_root() -> Path:
    """The folder that holds Training and Testing of the real brain-mri data."""
    return _data_folder("Training", "Coursera-Content/Brain-MRI", "Brain-MRI", "")


@pytest.fixture(scope="session")
def lesion_boxes_root() -> Path:
    """600 real slices with the lesion's box in boxes.csv; for measuring only."""
    return _data_folder("boxes.csv", "cheng-boxes")


@pytest.fixture(scope="session", autouse=True)
def home_of_the_tests(tmp_path_factory):
    """Downloads and converted models go to a folder of their own, also in subprocesses."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XAIBRAIN_HOME", str(tmp_path_factory.mktemp("home")))
        yield


# The first example pays for compiling, and other work may share the machine: no deadline for one example.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Run a command in an empty folder and return its exit code, stdout and stderr.

    That a model is converted is said once for each cache, by whichever test comes first: it is left out.
    """
    from xaibrain.cli import group, main

    monkeypatch.chdir(tmp_path)
    # A command may end its whole process where something hangs. Here, that would be the tests'.
    monkeypatch.setattr(group, "_leave_what_hangs", lambda before: None)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["xaibrain", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        lines = [line for line in said.err.splitlines(True) if not line.startswith("Converting ")]
        return left.value.code or 0, said.out, "".join(lines)

    return call


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium, that of the system."""
    library = pytest.importorskip("playwright.sync_api", reason="no Playwright; pip install .[browser]")
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        pytest.skip("no Chromium on this machine; install Debian's package chromium")
    with library.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()

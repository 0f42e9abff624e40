"""Runs the commands of the tutorial and renews its figures and outputs: python docs/tutorial.py [FOLDER].

The figure `../images/tutorial/a/b.webp` of the page is the file `tutorial/a/b.png` that its commands
write, made smaller. A block of text below a block of commands shows what these print: all of it, or,
where the block has an ellipsis, as many lines before and after it as it has. What was run is kept in
measured/tutorial.json, so that a test can tell whether the page has changed since. Called again with the
same FOLDER, it goes on after the last command that was done.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "guide" / "tutorial.md"
IMAGES = ROOT / "docs" / "images" / "tutorial"
RAN = ROOT / "docs" / "measured" / "tutorial.json"
LARGEST = 150_000
"""Bytes of a figure."""

_WIDTH = 1100
_QUALITIES = (85, 75, 65, 50)
_STEP = re.compile(r"^```bash\n.*?^```\n(?:\n```text\n(?P<shown>.*?)^```\n)?", re.M | re.S)


def commands(page: str) -> list[list[str]]:
    """Return the commands of a page that make something, in order: all but the installation."""
    blocks = re.findall(r"^```bash\n(.*?)^```$", page, re.M | re.S)
    lines = [line for block in blocks for line in block.replace("\\\n", "").splitlines()]
    return [shlex.split(line) for line in lines if line.startswith(("xaibrain ", "python "))]


def figures(page: str) -> list[str]:
    """Return the paths of the figures of a page, in order."""
    return re.findall(r"\]\(\.\./images/tutorial/([^)]+)\)", page)


def excerpt(told: str, shown: str) -> str:
    """Return as many lines of what was told as are shown around an ellipsis; of several blank lines, one."""
    stripped = "\n".join(line.rstrip() for line in told.splitlines())
    lines = re.sub(r"\n{3,}", "\n\n", stripped).strip("\n").splitlines()
    head, ellipsis, tail = shown.partition("…\n")
    if ellipsis:
        lines = [*lines[: head.count("\n")], "…", *lines[len(lines) - tail.count("\n") :]]
    return "\n".join([*lines, ""])


def main() -> None:
    """Run, keep, and write the page anew."""
    page = PAGE.read_text("utf-8")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else temporary).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "examples").exists():
            (folder / "examples").symlink_to(ROOT / "examples")
        page = _STEP.sub(lambda step: _renewed(step, folder), page)
        for name in figures(page):
            _keep((folder / "tutorial" / name).with_suffix(".png"), IMAGES / name)
    PAGE.write_text(page, "utf-8")
    RAN.write_text(json.dumps([shlex.join(command) for command in commands(page)], indent=1) + "\n", "utf-8")


def _renewed(step: re.Match[str], folder: Path) -> str:
    """Run the commands of a step, and return it with what they print now."""
    told = "".join(_ran(command, folder) for command in commands(step[0]))
    if step["shown"] is None:
        return step[0]
    return step[0][: step.start("shown") - step.start()] + excerpt(told, step["shown"]) + "```\n"


def _ran(command: list[str], folder: Path) -> str:
    """Return what a command prints, and keep it."""
    kept = folder / "told" / f"{hashlib.sha256(shlex.join(command).encode()).hexdigest()[:16]}.txt"
    if not kept.exists():
        told = _run(command, folder)
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(told, "utf-8")
    return kept.read_text("utf-8")


def _run(command: list[str], folder: Path) -> str:
    program = {"xaibrain": [sys.executable, "-m", "xaibrain"], "python": [sys.executable]}[command[0]]
    print("$", shlex.join(command), flush=True)
    start = time.monotonic()
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [*program, *command[1:]], cwd=folder, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(done.stderr)
    # Of standard error, what is no progress.
    told = done.stdout + "".join(re.findall(r"^(?:Temperature|Warning:) .*\n", done.stderr, re.M))
    print(told, f"({time.monotonic() - start:.0f} s)", sep="", flush=True)
    return told


def _keep(source: Path, target: Path) -> None:
    """Write a figure in as few bytes as it needs."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(source) as opened:
        figure = opened.convert("RGB")
    figure.thumbnail((_WIDTH, 10 * _WIDTH), Image.Resampling.LANCZOS)
    for quality in _QUALITIES:
        figure.save(target, quality=quality, method=6)
        if target.stat().st_size <= LARGEST:
            return


if __name__ == "__main__":
    main()

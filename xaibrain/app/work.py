"""What the page does with files: the command line in a process of its own, its folder as page and archive."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from xaibrain.errors import InputError, UsageError
from xaibrain.report.build import write_report
from xaibrain.report.contents import Options
from xaibrain.report.run import read_run
from xaibrain.working import CONFIGURATION


@dataclass(frozen=True)
class Asked:
    """What a user chose on the page.

    Attributes:
        files: Paths of what was uploaded.
        model: A registered name, or a model file.
        explainers: Names of methods.
        target: As `xaibrain explain -t` takes it.
        layer: `auto`, or the path of a layer.
        limit: At most so many pictures, slices included; None for all.
        settings: KEY=VALUE, as `xaibrain explain -s` takes them.
        check: Whether each map gets a verdict.
        names: Whether the page tells the names of the files.
    """

    files: Sequence[str]
    model: str
    explainers: Sequence[str]
    target: str = "predicted"
    layer: str = "auto"
    limit: int | None = None
    settings: Sequence[str] = ()
    check: bool = False
    names: bool = False

    def arguments(self, output: Path) -> list[str]:
        """Return the arguments of the command; no value can be taken for an option."""
        methods = [f"--explainer={name}" for name in self.explainers]
        chosen = [f"--model={self.model}", f"--target={self.target}", f"--layer={self.layer}"]
        chosen += [f"--set={setting}" for setting in self.settings]
        chosen += [f"--limit={self.limit}"] * bool(self.limit) + ["--check"] * self.check
        return ["explain", *methods, *chosen, f"--output={output}", "--", *map(str, self.files)]

    def command(self) -> str:
        """Return what to type to get the same, with the bare names of the files."""
        bare = [Path(file).name for file in self.files]
        words = replace(self, files=bare)
        return shlex.join(["xaibrain", *words.arguments(Path("xaibrain-out"))])


@dataclass(frozen=True)
class Answer:
    """What became of it.

    Attributes:
        report: The page of the run.
        archive: All of the run, zipped: records, raw maps, scans, overlays, the page.
        said: What the command had to say: pictures that failed, maps that are doubtful.
    """

    report: Path
    archive: Path
    said: str


def answer(asked: Asked, folder: Path) -> Answer:
    """Explain files into an empty folder.

    Raises:
        UsageError: Nothing was chosen, or the command could not be carried out.
        InputError: No file could be explained; the message says why.
    """
    if not asked.files or not asked.explainers:
        raise UsageError("Choose at least one file and one method.")
    output = folder / "xaibrain-out"
    command = [sys.executable, "-m", "xaibrain", *asked.arguments(output)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    said = _without_folders(ended.stderr, asked.files)
    if not (output / CONFIGURATION).exists():
        raise UsageError(said or "The command ended without a result.")
    run = read_run(output)
    if not any(record.get("heatmap") for records in run.pictures for record in records):
        raise InputError(said)
    write_report(run, output / "report.html", Options(show_names=asked.names))
    archive = shutil.make_archive(str(folder / "xaibrain-out"), "zip", folder, "xaibrain-out")
    return Answer(output / "report.html", Path(archive), said)


def _without_folders(said: str, files: Sequence[str]) -> str:
    """Return what a command said, with the names of uploaded files in the place of their paths."""
    for file in files:
        said = said.replace(file, Path(file).name)
    return said.removeprefix("Error: ").strip()

"""How long it takes to start, beside what nobody can do without."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path


def measured(model: Path, picture: Path, work: Path, rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each command, round by round, after one that is not counted."""
    explain = ["explain", picture, "-m", model, "-o", work / "cold", "--overwrite"]
    commands = {
        "python -c pass": ["-c", "pass"],
        "xaibrain --help": ["-m", "xaibrain", "--help"],
        "import tensorflow": ["-c", "import tensorflow"],
        "xaibrain explain": ["-m", "xaibrain", *map(str, explain)],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds + 1):
        for name, arguments in commands.items():
            started = time.perf_counter()
            subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
            seconds[name].append(time.perf_counter() - started)
    return {name: some[1:] for name, some in seconds.items()}

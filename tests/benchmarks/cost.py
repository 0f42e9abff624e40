"""What a map costs, library by library, in turns: a machine whose speed drifts slows all of them alike."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

REPEATS = {1: 8, 32: 1}
"""Batches of a measurement, by their size: a single picture takes too little time to be timed by itself."""


class Library:
    """A library in a process of its own.

    Args:
        name: As in contenders.py.
        python: The interpreter that has it.
        model: A `.keras` file.
        home: Where xaibrain keeps what it converts.

    Attributes:
        told: Its runs and versions, or why it is skipped.
    """

    def __init__(self, name: str, python: str, model: Path, home: Path) -> None:
        command = [python, str(Path(__file__).with_name("contenders.py")), name, str(model)]
        around = {**os.environ, "XAIBRAIN_HOME": str(home), "TF_CPP_MIN_LOG_LEVEL": "3"}
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=around,
        )
        told = self._line()
        self.told: dict[str, Any] = json.loads(told) if told else {"skipped": "its process ended"}

    def seconds(self, run: str, batch: int, seed: int) -> float:
        """Return what one batch takes."""
        asked = {"run": run, "batch": batch, "seed": seed, "repeats": REPEATS.get(batch, 1)}
        assert self._process.stdin
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return float(json.loads(self._line()))

    def close(self) -> None:
        """End its process."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()

    def _line(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline()


def measured(
    names: list[str], pythons: Mapping[str, str], model: Path, home: Path, rounds: int
) -> dict[str, Any]:
    """Return the seconds of every round, after one that is not counted: by batch, library and run."""
    libraries = {name: Library(name, pythons.get(name, sys.executable), model, home) for name in names}
    found: dict[str, Any] = {"skipped": {}, "versions": {}, "seconds": {}}
    for name, library in libraries.items():
        kind = "skipped" if "skipped" in library.told else "versions"
        found[kind][name] = library.told[kind]
        click.echo(f"{name}: {kind} {library.told[kind]}", err=True)
    able = {name: library for name, library in libraries.items() if "runs" in library.told}
    for batch in REPEATS:
        times = {f"{name} {run}": [] for name, one in able.items() for run in one.told["runs"]}
        for number in range(rounds + 1):
            click.echo(f"batch {batch}, round {number} of {rounds}", err=True)
            for name, library in able.items():
                # The first meets caches that another library has filled: each round in the other order.
                for run in library.told["runs"][:: 1 if number % 2 else -1]:
                    times[f"{name} {run}"].append(library.seconds(run, batch, number))
        found["seconds"][str(batch)] = {name: some[1:] for name, some in times.items()}
    for library in libraries.values():
        library.close()
    return found

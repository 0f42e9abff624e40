"""A model's questions as programs of an engine: converted once, checked, and kept on the disk."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from xaibrain.core.engine import Engine, Program
from xaibrain.core.model import Capability
from xaibrain.errors import ModelError
from xaibrain.models.pooled import Slopes, gradient_by
from xaibrain.models.programs import Programs
from xaibrain.models.reason import reason_of
from xaibrain.models.store import Store

TOLERANCE = 1e-4
"""How far, of the range of an answer, a converted program may be from the framework that it came from."""

Question = Literal["scores", "map", "gradient", "head"]
_Arrays = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Runner:
    """An engine, what it is registered as, and what it is to compute in."""

    name: str
    engine: Engine
    precision: str


@dataclass(frozen=True)
class Frozen:
    """A question as a graph, with an example to check a conversion by.

    Attributes:
        graph: A serialised `GraphDef`; `Engine` says what is in it.
        outputs: The names of the nodes that answer.
        example: What it may be asked.
        answers: What the framework itself answers to that.
        slopes: Of a gradient that is the same at all positions whatever the layer puts out: what it is for
            each class. No graph is needed then.
    """

    graph: bytes
    outputs: tuple[str, ...]
    example: _Arrays
    answers: _Arrays
    slopes: Slopes | None = None


class Origin(Protocol):
    """The model in its framework: answers everything, and can be frozen."""

    @property
    def programs(self) -> Programs:
        """What computes its answers."""
        ...

    def prepare(self, capabilities: frozenset[Capability]) -> None:
        """As `Model.prepare`."""
        ...

    def freeze(self, question: Question, layer: str) -> Frozen:
        """Return a question about a layer as a graph; `scores` is about none."""
        ...


class Conversions:
    """The questions of one model that an engine answers, each converted when it is first asked.

    A conversion is checked against the framework and kept, so that in the next process neither Keras nor
    TensorFlow is imported.

    Attributes:
        runner: The engine.
        notes: What had to be asked of the framework, and how far off the answers are that are not of full
            precision.
    """

    def __init__(self, runner: Runner, store: Store, origin: Callable[[], Origin]) -> None:
        self.runner = runner
        self.notes: dict[str, None] = {}
        self._store = store
        self._origin = origin
        self._programs: dict[tuple[Question, str], Program | None] = {}
        self._converting = threading.Lock()

    def program(self, question: Question, layer: str) -> Program | None:
        """Return a converted question; None where it must be asked of the framework."""
        with self._converting:
            if (question, layer) not in self._programs:
                self._programs[question, layer] = self._loaded(question, layer)
            return self._programs[question, layer]

    def scoring(self, layer: str) -> Program | None:
        """Return what answers with scores: what reads this layer does so too, and may be there already."""
        question: Question = "map" if ("map", layer) in self._programs else "scores"
        return self.program(question, layer if question == "map" else "")

    def _loaded(self, question: Question, layer: str) -> Program | None:
        versions = "-".join(f"{name}-{version}" for name, version in self.runner.engine.versions.items())
        digest = hashlib.sha256(f"{_LAYOUT}/{versions}/{question}/{layer}".encode()).hexdigest()[:16]
        try:
            folder = self._store.folder(
                f"{self.runner.name}-{question}-{digest}", lambda part: self._convert(question, layer, part)
            )
            program = self._read(folder, self.runner.precision)
            if self.runner.precision != "float32":
                self.notes[_told_error(program, folder)] = None
        # A converter may raise anything at a graph that it does not know; the framework still can.
        except Exception as error:
            self.notes[f"{question} by TensorFlow ({reason_of(error)})"] = None
            return None
        return program

    def _convert(self, question: Question, layer: str, folder: Path) -> None:
        asked = self._origin().freeze(question, layer)
        if asked.slopes is None:
            self.runner.engine.convert(asked.graph, asked.outputs, folder)
        else:
            np.save(folder / _SLOPES, asked.slopes)
        found = self._read(folder, "float32")(asked.example)
        for name, error in _errors(found, asked.answers).items():
            if not error <= TOLERANCE:
                raise ModelError(f"{name} are off by {error:.1g} of their range")
        _save(folder / _EXAMPLE, asked.example)
        _save(folder / _ANSWERS, asked.answers)

    def _read(self, folder: Path, precision: str) -> Program:
        if (folder / _SLOPES).exists():
            return gradient_by(np.load(folder / _SLOPES))
        return self.runner.engine.load(folder, precision)


_EXAMPLE, _ANSWERS, _SLOPES = "example.npz", "answers.npz", "slopes.npy"
_LAYOUT = 2
"""Of what is kept; raised where it changes, so that what was kept before is made anew."""


def _save(path: Path, arrays: Mapping[str, Any]) -> None:
    np.savez(path, **arrays)


def _told_error(program: Program, folder: Path) -> str:
    """Say how far a program of less than full precision is off, on the example that it was checked by."""
    with np.load(folder / _EXAMPLE) as example, np.load(folder / _ANSWERS) as answers:
        errors = _errors(program(dict(example)), dict(answers))
    return ", ".join(f"{name} off by up to {error:.1%} of their range" for name, error in errors.items())


def _errors(found: _Arrays, wanted: _Arrays) -> dict[str, float]:
    """Return for each answer the largest difference, over the range of what is wanted."""
    ranges = {name: max(float(np.ptp(answer)), 1e-12) for name, answer in wanted.items()}
    return {name: float(np.abs(found[name] - answer).max()) / ranges[name] for name, answer in wanted.items()}

"""A model that answers from converted programs; its framework is loaded only for what they leave open."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from xaibrain.core.engine import Engine, Program, StreamingProgram
from xaibrain.core.geometry import Geometry
from xaibrain.core.model import Capability
from xaibrain.core.records import Image, LayerChoice
from xaibrain.errors import ModelError
from xaibrain.models.description import Description
from xaibrain.models.memory import LastBatch, Seen, frozen
from xaibrain.models.names import named
from xaibrain.models.preprocessing import Preprocessing
from xaibrain.models.reason import reason_of
from xaibrain.models.store import Store
from xaibrain.ops.targets import target_weights
from xaibrain.streaming import in_turn
from xaibrain.types import Activations, Filler, Images, Logits, Targets

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
    """

    graph: bytes
    outputs: tuple[str, ...]
    example: _Arrays
    answers: _Arrays


class Origin(Protocol):
    """The model in its framework: answers everything, and can be frozen."""

    def freeze(self, question: Question, layer: str) -> Frozen:
        """Return a question about a layer as a graph; `scores` is about none."""
        ...

    def logits(self, images: Images) -> Logits:
        """As `Model.logits`."""
        ...

    def activations(self, images: Images, layer: str) -> Activations:
        """As `Model.activations`."""
        ...

    def activations_and_gradients(
        self, images: Images, targets: Targets, layer: str
    ) -> tuple[Activations, Activations]:
        """As `Model.activations_and_gradients`."""
        ...

    def input_gradients(self, images: Images, targets: Targets) -> Images:
        """As `Model.input_gradients`."""
        ...

    def guided_gradients(self, images: Images, targets: Targets) -> Images:
        """As `Guidable.guided_gradients`."""
        ...

    def logits_from(self, images: Images, activations: Activations, layer: str) -> Logits:
        """As `Model.logits_from`."""
        ...


class ConvertedModel:
    """Answers an explainer's questions through an engine.

    Each question is converted when it is first asked, checked against the framework, and kept on the disk,
    so that in the next process neither Keras nor TensorFlow is imported. What an engine cannot convert, or
    answers differently, is asked of the framework; so are gradients at the input, and every attribute of
    the Keras model that is not listed here (`network`, `survey`). `engine` says what happened.

    Attributes:
        name: What users call it.
        class_names: One name an output; two for a one-unit head.
        capabilities: Everything that xaibrain can ask.
        card: The checkpoint's card; empty for other models.
        file: What it was loaded from; None for models that were wrapped.
    """

    capabilities: frozenset[Capability] = frozenset(
        {
            "logits",
            "activations",
            "layer-gradient",
            "input-gradient",
            "guided-gradient",
            "head",
            "keras-network",
            "randomise",
        }
    )

    def __init__(
        self,
        description: Description,
        name: str,
        class_names: Sequence[str],
        preprocessing: Preprocessing,
        runner: Runner,
        store: Store,
        origin: Callable[[], Any],
    ) -> None:
        self.name = name
        self.card = description.card
        self.file: Path | None = None
        self.class_names = named(class_names, description.head.classes)
        self._description = description
        self._preprocess = preprocessing
        self._runner = runner
        self._store = store
        self._origin = origin
        self._programs: dict[tuple[Question, str], Program | None] = {}
        self._notes: dict[str, None] = {}
        self._converting = threading.Lock()
        self._layer = ""
        self._memory = LastBatch()

    def __getattr__(self, name: str) -> Any:
        # Python asks here only for what is not found; copying and pickling look for names of their own.
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._origin(), name)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over configuration and weights."""
        return self._description.fingerprint

    @property
    def head(self) -> str:
        """How class scores are reached, any doubt about them, and the temperature of the probabilities."""
        return self._description.head.description

    @property
    def temperature(self) -> float:
        """What class scores are divided by before they become probabilities; from the card, or 1."""
        return self._description.head.temperature

    @property
    def hidden_dense(self) -> bool:
        """Whether a hidden dense layer with an activation stands between the last map and the scores."""
        return self._description.head.hidden_dense

    @property
    def exact_logits(self) -> bool:
        """Whether scores are read before the activation, so that they cannot saturate."""
        return self._description.head.exact

    @property
    def preprocessing(self) -> Mapping[str, Any]:
        """The settings of `preprocess`."""
        return self._preprocess.described()

    @property
    def versions(self) -> Mapping[str, str]:
        """The framework that it was read with, and the engine."""
        return {**self._description.versions, **self._runner.engine.versions}

    @property
    def engine(self) -> str:
        """What computes the answers, in which precision, and what had to be asked of the framework."""
        return "; ".join([f"{self._runner.name}, {self._runner.precision}", *self._notes])

    def preprocess(self, image: Image) -> tuple[Images, Geometry]:
        """Return one (h, w, c) float32 input, and where it lies on the picture."""
        return self._preprocess(image)

    def probabilities(self, logits: Logits) -> Logits:
        """Return the model's own output for these scores, at its temperature: (n, classes), 0 to 1."""
        return self._description.head.probabilities(logits)

    @property
    def spatial_layers(self) -> tuple[str, ...]:
        """Paths of the layers that put out a map, from the input to the output."""
        return tuple(self._description.layers.told)

    def choose_layer(self, layer: str) -> LayerChoice:
        """Resolve `"auto"`, a path (`body/top_activation`) or an unambiguous ending of one.

        Raises:
            UnknownNameError: No such layer with a spatial map.
            ModelError: The model has none at all.
        """
        choice = self._description.layers.choose(layer)
        self._layer = choice.path
        return choice

    def prepare(self, capabilities: frozenset[Capability], layer: str = "") -> None:
        """Convert or load what these questions need, so that no picture waits for it.

        Args:
            capabilities: What will be asked.
            layer: Of which layer.

        Raises:
            ModelError: The network is to be guided, and has no ReLU.
        """
        path = self.choose_layer(layer).path if layer else ""
        self._program("map" if path else "scores", path)
        if path and "layer-gradient" in capabilities:
            self._program("gradient", path)
        if path and "head" in capabilities:
            self._program("head", path)
        if capabilities & {"input-gradient", "guided-gradient", "keras-network", "randomise"}:
            self._origin().prepare(capabilities)

    def logits(self, images: Images) -> Logits:
        """Return class scores before softmax or sigmoid: (n, classes) float32."""
        if self._layer and frozen(images):
            return self._seen(images, self._layer)[1]
        program = self._scoring()
        if program is None:
            return np.asarray(self._origin().logits(images))
        return program({"images": _float32(images)})["logits"]

    def stream(self, write: Filler, batch_size: int) -> Iterator[Logits]:
        """Yield the class scores of any number of pictures, as `Streaming.stream` says."""
        program = self._scoring()
        if isinstance(program, StreamingProgram):
            yield from program.stream(write, self._description.shape, batch_size, "logits")
        else:
            yield from in_turn(self.logits, write, self._description.shape, batch_size)

    def activations(self, images: Images, layer: str) -> Activations:
        """Return what a layer puts out: (n, h, w, k) float32."""
        return self._seen(images, self.choose_layer(layer).path)[0]

    def activations_and_gradients(
        self, images: Images, targets: Targets, layer: str
    ) -> tuple[Activations, Activations]:
        """Return a layer's output and d(score of the target)/d(output): (n, h, w, k) float32 each."""
        path = self.choose_layer(layer).path
        activations = self._seen(images, path)[0]
        program = self._program("gradient", path)
        if program is None:
            return activations, self._origin().activations_and_gradients(images, targets, path)[1]
        weights = target_weights(np.asarray(targets, np.int64), len(self.class_names))
        known = self._memory.recall_gradients(activations, weights)
        if known is not None:
            return activations, known
        asked = {"images": _float32(images), "activations": activations, "weights": weights}
        return activations, self._memory.keep_gradients(activations, weights, program(asked)["gradient"])

    def input_gradients(self, images: Images, targets: Targets) -> Images:
        """Return d(score of the target)/d(input): (n, h, w, c) float32; by the framework."""
        self._notes["gradients at the input by TensorFlow"] = None
        return np.asarray(self._origin().input_gradients(images, targets))

    def guided_gradients(self, images: Images, targets: Targets) -> Images:
        """Return the guided gradient of the target's score at the input; by the framework."""
        self._notes["guided gradients by TensorFlow"] = None
        return np.asarray(self._origin().guided_gradients(images, targets))

    def logits_from(self, images: Images, activations: Activations, layer: str) -> Logits:
        """Return the class scores with other values in place of a layer's output: (n · m, classes).

        Args:
            images: (n, h, w, c), for what the model carries around the layer.
            activations: (n · m, h, w, k): m variants for each picture, one picture's after the other's.
            layer: Path of the layer.
        """
        path = self._description.layers.choose(layer).path
        program = self._program("head", path)
        if program is None:
            return np.asarray(self._origin().logits_from(images, activations, path))
        return program({"images": _float32(images), "activations": _float32(activations)})["logits"]

    def _seen(self, images: Images, path: str) -> Seen:
        known = self._memory.recall(images, path)
        if known:
            return known
        program = self._program("map", path)
        if program is None:
            origin = self._origin()
            return origin.activations(images, path), origin.logits(images)
        answers = program({"images": _float32(images)})
        return self._memory.keep(images, path, (answers["activations"], answers["logits"]))

    def _scoring(self) -> Program | None:
        """Return what answers with scores: what reads a layer does so too, and may be there already."""
        question: Question = "map" if ("map", self._layer) in self._programs else "scores"
        return self._program(question, self._layer if question == "map" else "")

    def _program(self, question: Question, layer: str) -> Program | None:
        """Return a converted question; None where it must be asked of the framework."""
        with self._converting:
            if (question, layer) not in self._programs:
                self._programs[question, layer] = self._loaded(question, layer)
            return self._programs[question, layer]

    def _loaded(self, question: Question, layer: str) -> Program | None:
        versions = "-".join(f"{name}-{version}" for name, version in self._runner.engine.versions.items())
        digest = hashlib.sha256(f"{versions}/{question}/{layer}".encode()).hexdigest()[:16]
        try:
            folder = self._store.folder(
                f"{self._runner.name}-{question}-{digest}", lambda part: self._convert(question, layer, part)
            )
            program = self._runner.engine.load(folder, self._runner.precision)
            if self._runner.precision != "float32":
                self._notes[_told_error(question, program, folder)] = None
        # A converter may raise anything at a graph that it does not know; the framework still can.
        except Exception as error:
            self._notes[f"{question} by TensorFlow ({reason_of(error)})"] = None
            return None
        return program

    def _convert(self, question: Question, layer: str, folder: Path) -> None:
        question_frozen = self._origin().freeze(question, layer)
        self._runner.engine.convert(question_frozen.graph, question_frozen.outputs, folder)
        found = self._runner.engine.load(folder, "float32")(question_frozen.example)
        for name, error in _errors(found, question_frozen.answers).items():
            if not error <= TOLERANCE:
                raise ModelError(f"{name} are off by {error:.1g} of their range")
        np.savez(folder / _EXAMPLE, **question_frozen.example)
        np.savez(folder / _ANSWERS, **question_frozen.answers)


_EXAMPLE, _ANSWERS = "example.npz", "answers.npz"


def _told_error(question: Question, program: Program, folder: Path) -> str:
    """Say how far a program of less than full precision is off, on the example that it was checked by."""
    with np.load(folder / _EXAMPLE) as example, np.load(folder / _ANSWERS) as answers:
        errors = _errors(program(dict(example)), dict(answers))
    return ", ".join(f"{name} off by up to {error:.1%} of their range" for name, error in errors.items())


def _errors(found: _Arrays, wanted: _Arrays) -> dict[str, float]:
    """Return for each answer the largest difference, over the range of what is wanted."""
    ranges = {name: max(float(np.ptp(answer)), 1e-12) for name, answer in wanted.items()}
    return {name: float(np.abs(found[name] - answer).max()) / ranges[name] for name, answer in wanted.items()}


def _float32(images: Images) -> Images:
    return np.asarray(images, np.float32)

"""A model that answers from converted programs; its framework is loaded only for what they leave open."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from xaibrain.core.engine import FeedableProgram, StreamingProgram
from xaibrain.core.model import Capability
from xaibrain.models.classifier import Classifier
from xaibrain.models.conversions import Conversions, Origin, Runner
from xaibrain.models.description import Description
from xaibrain.models.layers import Layers
from xaibrain.models.memory import Seen
from xaibrain.models.preprocessing import Preprocessing
from xaibrain.models.store import Store
from xaibrain.streaming import filled, in_turn
from xaibrain.types import Activations, Filler, Images, Logits


class ConvertedPrograms:
    """`Programs` of an engine; what it cannot convert, or answers differently, is asked of the framework."""

    def __init__(self, conversions: Conversions, origin: Callable[[], Origin]) -> None:
        self._conversions = conversions
        self._origin = origin

    def scores(self, images: Images, layer: str) -> Logits:
        """Return class scores: (n, classes)."""
        program = self._conversions.scoring(layer)
        if program is None:
            return self._origin().programs.scores(images, layer)
        return program({"images": images})["logits"]

    def observe(self, images: Images, layer: str) -> Seen:
        """Return what a layer puts out, (n, h, w, k), and the class scores."""
        program = self._conversions.program("map", layer)
        if program is None:
            return self._origin().programs.observe(images, layer)
        answers = program({"images": images})
        return answers["activations"], answers["logits"]

    def gradient(self, images: Images, activations: Activations, weights: Logits, layer: str) -> Activations:
        """Return d(weights · logits)/d(activations)."""
        program = self._conversions.program("gradient", layer)
        if program is None:
            return self._origin().programs.gradient(images, activations, weights, layer)
        return program({"images": images, "activations": activations, "weights": weights})["gradient"]

    def scores_from(self, images: Images, activations: Activations, layer: str) -> Logits:
        """Return class scores with other values in place of a layer's output."""
        program = self._conversions.program("head", layer)
        if program is None:
            return self._origin().programs.scores_from(images, activations, layer)
        return program({"images": images, "activations": activations})["logits"]

    def input_gradient(self, images: Images, weights: Logits) -> Images:
        """Return d(weights · logits)/d(images); by the framework."""
        self._conversions.notes["gradients at the input by TensorFlow"] = None
        return self._origin().programs.input_gradient(images, weights)

    def guided_gradient(self, images: Images, weights: Logits) -> Images:
        """Return the same of the guided network; by the framework."""
        self._conversions.notes["guided gradients by TensorFlow"] = None
        return self._origin().programs.guided_gradient(images, weights)


class ConvertedModel(Classifier):
    """A classifier whose questions an engine answers.

    Every attribute of the Keras model that is not listed here (`network`, `survey`) is asked of that.
    """

    def __init__(
        self,
        description: Description,
        name: str,
        class_names: Sequence[str],
        preprocessing: Preprocessing,
        runner: Runner,
        store: Store,
        origin: Callable[[], Origin],
    ) -> None:
        self._description = description
        self._origin = origin
        self._conversions = Conversions(runner, store, origin)
        programs = ConvertedPrograms(self._conversions, origin)
        super().__init__(name, class_names, description.head, preprocessing, description.card, programs)

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
    def versions(self) -> Mapping[str, str]:
        """The framework that it was read with, and the engine."""
        return {**self._description.versions, **self._conversions.runner.engine.versions}

    @property
    def engine(self) -> str:
        """What computes the answers, in which precision, and what had to be asked of the framework."""
        runner = self._conversions.runner
        return "; ".join([f"{runner.name}, {runner.precision}", *self._conversions.notes])

    @property
    def layers(self) -> Layers:
        """The layers that put out a map."""
        return self._description.layers

    def prepare(self, capabilities: frozenset[Capability], layer: str = "") -> None:
        """Convert or load what these questions need, so that no picture waits for it.

        Args:
            capabilities: What will be asked.
            layer: Of which layer.

        Raises:
            ModelError: The network is to be guided, and has no ReLU.
        """
        path = self.choose_layer(layer).path if layer else ""
        self._conversions.program("map" if path else "scores", path)
        if path and "layer-gradient" in capabilities:
            self._conversions.program("gradient", path)
        if path and "head" in capabilities:
            self._conversions.program("head", path)
        if capabilities & {"input-gradient", "guided-gradient", "keras-network", "randomise"}:
            self._origin().prepare(capabilities)

    def stream(self, write: Filler, batch_size: int) -> Iterator[Logits]:
        """Yield the class scores of any number of pictures, as `Streaming.stream` says."""
        program = self._conversions.scoring(self._layer)
        if isinstance(program, StreamingProgram):
            yield from program.stream(write, self._description.shape, batch_size, "logits")
        else:
            yield from in_turn(self.logits, write, self._description.shape, batch_size)

    def feed(self, write: Filler, count: int) -> Callable[[], Images]:
        """Begin with a batch while it is written, as `Feedable.feed` says; the layer chosen last is read."""
        layer, shape = self._layer, self._description.shape
        program = self._conversions.program("map", layer) if layer else None
        if not isinstance(program, FeedableProgram):
            inputs = filled(write, shape, count)
            inputs.flags.writeable = False
            return lambda: inputs
        finish = program.feed(write, shape, count)

        def done() -> Images:
            inputs, answers = finish()
            inputs.flags.writeable = False
            self._memory.keep(inputs, layer, (answers["activations"], answers["logits"]))
            return inputs

        return done

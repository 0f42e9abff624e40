"""What all classifiers here do alike, whatever computes their answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from xaibrain.core.geometry import Geometry
from xaibrain.core.model import CAPABILITIES, Capability
from xaibrain.core.records import Image, LayerChoice
from xaibrain.models.head import Head
from xaibrain.models.layers import Layers
from xaibrain.models.memory import LastBatch, Seen, frozen
from xaibrain.models.names import named
from xaibrain.models.preprocessing import Preprocessing
from xaibrain.models.programs import Programs
from xaibrain.ops.targets import target_weights
from xaibrain.types import Activations, Images, Logits, Targets


class Classifier(ABC):
    """Prepares pictures, chooses layers, and hands an explainer's questions on to programs.

    The last frozen batch (an array that owns its data and whose `writeable` flag is off) is remembered:
    asking for its scores, activations and gradients runs the network once.

    Attributes:
        name: What users call it.
        class_names: One name an output; two for a one-unit head.
        capabilities: Everything that xaibrain can ask.
        card: The checkpoint's card; empty for other models.
        file: What it was loaded from; None for models that were wrapped.
        programs: What computes its answers.
    """

    capabilities: frozenset[Capability] = CAPABILITIES

    def __init__(
        self,
        name: str,
        class_names: Sequence[str],
        head: Head,
        preprocessing: Preprocessing,
        card: Mapping[str, Any],
        programs: Programs,
    ) -> None:
        self.name = name
        self.class_names = named(class_names, head.classes)
        self.card = card
        self.file: Path | None = None
        self.programs = programs
        self._head = head
        self._preprocess = preprocessing
        self._layer = ""
        self._memory = LastBatch()

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """SHA-256 over configuration and weights."""

    @property
    @abstractmethod
    def versions(self) -> Mapping[str, str]:
        """The software it runs on."""

    @property
    @abstractmethod
    def engine(self) -> str:
        """What computes the answers."""

    @property
    @abstractmethod
    def layers(self) -> Layers:
        """The layers that put out a map."""

    @property
    def head(self) -> str:
        """How class scores are reached, any doubt about them, and the temperature of the probabilities."""
        return self._head.description

    @property
    def temperature(self) -> float:
        """What class scores are divided by before they become probabilities; from the card, or 1."""
        return self._head.temperature

    @property
    def hidden_dense(self) -> bool:
        """Whether a hidden dense layer with an activation stands between the last map and the scores."""
        return self._head.hidden_dense

    @property
    def exact_logits(self) -> bool:
        """Whether scores are read before the activation, so that they cannot saturate."""
        return self._head.exact

    @property
    def preprocessing(self) -> Mapping[str, Any]:
        """The settings of `preprocess`."""
        return self._preprocess.described()

    @property
    def spatial_layers(self) -> tuple[str, ...]:
        """Paths of the layers that put out a map, from the input to the output."""
        return tuple(self.layers.told)

    def preprocess(self, image: Image) -> tuple[Images, Geometry]:
        """Return one (h, w, c) float32 input, and where it lies on the picture."""
        return self._preprocess(image)

    def probabilities(self, logits: Logits) -> Logits:
        """Return the model's own output for these scores, at its temperature: (n, classes), 0 to 1."""
        return self._head.probabilities(logits)

    def choose_layer(self, layer: str) -> LayerChoice:
        """Resolve `"auto"`, a path (`body/top_activation`) or an unambiguous ending of one.

        Raises:
            UnknownNameError: No such layer with a spatial map.
            ModelError: The model has none at all.
        """
        choice = self.layers.choose(layer)
        self._layer = choice.path
        return choice

    def logits(self, images: Images) -> Logits:
        """Return class scores before softmax or sigmoid: (n, classes) float32."""
        if self._layer and frozen(images):
            return self._seen(images, self._layer)[1]
        return self.programs.scores(_float32(images), self._layer)

    def activations(self, images: Images, layer: str) -> Activations:
        """Return what a layer puts out: (n, h, w, k) float32."""
        return self._seen(images, self.choose_layer(layer).path)[0]

    def activations_and_gradients(
        self, images: Images, targets: Targets, layer: str
    ) -> tuple[Activations, Activations]:
        """Return a layer's output and d(score of the target)/d(output): (n, h, w, k) float32 each.

        The network runs once; only what lies above the layer is differentiated.
        """
        path = self.choose_layer(layer).path
        activations = self._seen(images, path)[0]
        weights = self._weights(targets)
        known = self._memory.recall_gradients(activations, weights)
        if known is not None:
            return activations, known
        gradients = self.programs.gradient(_float32(images), activations, weights, path)
        return activations, self._memory.keep_gradients(activations, weights, gradients)

    def input_gradients(self, images: Images, targets: Targets) -> Images:
        """Return d(score of the target)/d(input): (n, h, w, c) float32."""
        return self.programs.input_gradient(_float32(images), self._weights(targets))

    def guided_gradients(self, images: Images, targets: Targets) -> Images:
        """Return the guided gradient of the target's score at the input: (n, h, w, c) float32.

        Raises:
            ModelError: The network has no ReLU, so that there is nothing to guide.
        """
        return self.programs.guided_gradient(_float32(images), self._weights(targets))

    def logits_from(self, images: Images, activations: Activations, layer: str) -> Logits:
        """Return the class scores with other values in place of a layer's output: (n · m, classes).

        Args:
            images: (n, h, w, c), for what the model carries around the layer.
            activations: (n · m, h, w, k): m variants for each picture, one picture's after the other's.
            layer: Path of the layer.
        """
        path = self.layers.choose(layer).path
        return self.programs.scores_from(_float32(images), _float32(activations), path)

    def _seen(self, images: Images, path: str) -> Seen:
        known = self._memory.recall(images, path)
        return known or self._memory.keep(images, path, self.programs.observe(_float32(images), path))

    def _weights(self, targets: Targets) -> Logits:
        return target_weights(np.asarray(targets, np.int64), len(self.class_names))


def _float32(images: Images) -> Images:
    return np.asarray(images, np.float32)

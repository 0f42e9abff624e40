"""Any Keras 3 classifier as a `xaibrain.Model`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from xaibrain.core.model import Capability
from xaibrain.keras.compiled import CompiledPrograms, Functions, functions_of
from xaibrain.keras.fingerprint import fingerprint
from xaibrain.keras.freezing import frozen_question, with_slopes
from xaibrain.keras.head import inspect_head
from xaibrain.keras.inputs import built
from xaibrain.keras.randomised import reweighted, shuffled, weighted_layers
from xaibrain.keras.survey import Survey
from xaibrain.models.card import recommended_layer, temperature_of
from xaibrain.models.classifier import Classifier
from xaibrain.models.conversions import Frozen, Question
from xaibrain.models.description import Description
from xaibrain.models.layers import Layers
from xaibrain.models.memory import LastBatch
from xaibrain.models.preprocessing import Preprocessing


class KerasModel(Classifier):
    """A Keras network that answers an explainer's questions, and is never changed by them.

    After changing the weights of `network`, ask about another array than the last frozen one, or wrap it
    again.

    Attributes:
        network: The Keras model, as given.
    """

    programs: CompiledPrograms

    def __init__(
        self,
        network: Any,
        class_names: Sequence[str],
        name: str,
        preprocessing: Preprocessing,
        card: Mapping[str, Any],
    ) -> None:
        self._input_shape = (*preprocessing.size, preprocessing.channels)
        self._other_fingerprint = ""
        self.network = built(network, self._input_shape)
        sample = np.random.default_rng(0).uniform(*preprocessing.value_range, (4, *self._input_shape))
        head = inspect_head(self.network, sample.astype(np.float32))
        head = replace(head, temperature=temperature_of(card))
        functions = functions_of(self.network, head, lambda path: self.survey.find(path))
        super().__init__(name, class_names, head, preprocessing, card, CompiledPrograms(functions))

    @property
    def fingerprint(self) -> str:
        """SHA-256 over configuration and weights, as they are now."""
        return self._other_fingerprint or fingerprint(self.network)

    @property
    def versions(self) -> Mapping[str, str]:
        """Keras and TensorFlow."""
        return {"keras": keras.__version__, "tensorflow": tf.__version__}

    @property
    def engine(self) -> str:
        """What computes the answers."""
        return "TensorFlow, the Keras model itself"

    @cached_property
    def survey(self) -> Survey:
        """The model's spatial maps, found on first use."""
        return Survey(self.network, self._input_shape, *recommended_layer(self.card))

    @property
    def layers(self) -> Layers:
        """The layers that put out a map."""
        return self.survey.layers

    def prepare(self, capabilities: frozenset[Capability], layer: str = "") -> None:
        """Refuse what means nothing for this network, before any picture is read.

        Args:
            capabilities: What will be asked.
            layer: Of which layer.

        Raises:
            ModelError: It is to be guided, and has no ReLU.
        """
        if "guided-gradient" in capabilities:
            images = np.zeros((1, *self._input_shape), np.float32)
            self.guided_gradients(images, np.zeros(1, np.int64))

    @property
    def weighted_layers(self) -> tuple[str, ...]:
        """Paths of the layers that have weights of their own, from the input to the output."""
        return tuple(weighted_layers(self.network))

    def randomised(self, layers: Sequence[str], seed: int) -> KerasModel:
        """Return a model that answers as this one would with shuffled weights; this one stays as it is.

        Each array of weights keeps its values and loses their order, so that nothing learned is left and
        activations stay in range. A layer's shuffle depends on the seed alone, not on the other layers.

        Args:
            layers: Paths among `weighted_layers`.
            seed: Of the shuffle.

        Raises:
            UnknownNameError: A layer is not there, or has no weights.
        """
        functions, weights = self._reweighted, shuffled(self.network, layers, seed)
        drawn = repr((self.fingerprint, sorted(layers), seed))
        twin = copy(self)
        twin.programs = CompiledPrograms(functions.changed(lambda function: partial(function, weights)))
        twin._other_fingerprint = hashlib.sha256(drawn.encode()).hexdigest()
        # The network is the original one still: who asked for it would get that.
        twin.capabilities = self.capabilities - {"keras-network", "randomise"}
        twin._memory = LastBatch()
        return twin

    @cached_property
    def _reweighted(self) -> Functions:
        """The model's functions, with the weights as their first argument: compiled once for all draws."""
        return self.programs.functions.changed(lambda function: reweighted(self.network, function))

    def describe(self) -> Description:
        """Return all that is known of the model without its weights."""
        return Description(
            self._input_shape, self._head, self.layers, self.fingerprint, self.versions, self.card
        )

    def freeze(self, question: Question, layer: str) -> Frozen:
        """Return a question about a layer as a graph, with an example of its answers."""
        low, high = self._preprocess.value_range
        images = np.random.default_rng(0).uniform(low, high, (4, *self._input_shape)).astype(np.float32)
        if question == "scores":
            return frozen_question(self.programs.functions.scores, {"images": images}, ("logits",))
        functions = self.programs.functions.of_layer(layer)
        if question == "map":
            return frozen_question(functions.observe, {"images": images}, ("activations", "logits"))
        activations = self._seen(images, layer)[0]
        if question == "head":
            variants = np.repeat(activations, 2, axis=0) * np.float32(0.5)
            asked = {"images": images, "activations": variants}
            return frozen_question(functions.scores, asked, ("logits",))
        weights = np.random.default_rng(1).normal(size=(4, len(self.class_names))).astype(np.float32)
        asked = {"images": images, "activations": activations, "weights": weights}
        return with_slopes(frozen_question(functions.gradient, asked, ("gradient",)), functions.gradient)

"""Any Keras 3 classifier as a `xaibrain.Model`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf

from xaibrain.core.geometry import Geometry
from xaibrain.core.model import Capability
from xaibrain.core.records import Image, LayerChoice
from xaibrain.keras import programs
from xaibrain.keras.fingerprint import fingerprint
from xaibrain.keras.freezing import frozen_question
from xaibrain.keras.guiding import guided_gradient_program
from xaibrain.keras.head import inspect_head
from xaibrain.keras.inputs import built, input_size
from xaibrain.keras.randomised import Reweighted, randomised, weighted_layers
from xaibrain.keras.survey import Survey
from xaibrain.models.card import recommended_layer, temperature_of
from xaibrain.models.converted import ConvertedModel, Frozen, Question, Runner
from xaibrain.models.description import Description
from xaibrain.models.engines import load_engine
from xaibrain.models.memory import LastBatch, Seen, frozen
from xaibrain.models.names import named
from xaibrain.models.preprocessing import Preprocessing
from xaibrain.models.store import model_store
from xaibrain.ops.targets import target_weights
from xaibrain.types import Activations, Images, Logits, Targets


class KerasModel:
    """A Keras network that answers an explainer's questions, and is never changed by them.

    The last frozen batch (an array that owns its data and whose `writeable` flag is off) is remembered:
    asking for its scores, activations and gradients runs the network once. After changing the weights
    of `network`, ask about another array, or wrap it again.

    Attributes:
        network: The Keras model, as given.
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
        network: Any,
        class_names: Sequence[str],
        name: str,
        preprocessing: Preprocessing,
        card: Mapping[str, Any],
    ) -> None:
        self.network = built(network, (*preprocessing.size, preprocessing.channels))
        self.name = name
        self.card = card
        self.file: Path | None = None
        self._preprocess = preprocessing
        sample = np.random.default_rng(0).uniform(*preprocessing.value_range, (4, *self._input_shape))
        head = inspect_head(self.network, sample.astype(np.float32))
        self._head = replace(head, temperature=temperature_of(card))
        self.class_names = named(class_names, self._head.classes)
        self._survey: Survey | None = None
        self._hint = ""
        self._reweighted: Reweighted | None = None
        self.use(
            "",
            programs.scores_program(self.network, self._head),
            programs.input_gradient_program(self.network, self._head),
            guided_gradient_program(self.network, self._head),
            lru_cache(maxsize=8)(self._compiled),
        )

    def use(
        self, fingerprint: str, scores: Any, input_gradient: Any, guided_gradient: Any, layer_programs: Any
    ) -> None:
        """Answer by these programs from now on, and forget what others answered.

        Args:
            fingerprint: Of the weights that they use; empty for the network's own.
            scores: `images -> logits`.
            input_gradient: `(images, weights) -> d(weights · logits)/d(images)`.
            guided_gradient: The same of the guided network.
            layer_programs: A layer's path to its programs.
        """
        self._fingerprint = fingerprint
        self._scores = scores
        self._input_gradient = input_gradient
        self._guided_gradient = guided_gradient
        self._layer_programs = layer_programs
        self._memory = LastBatch()

    @property
    def _input_shape(self) -> tuple[int, int, int]:
        return (*self._preprocess.size, self._preprocess.channels)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over configuration and weights, as they are now."""
        return self._fingerprint or fingerprint(self.network)

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
    def versions(self) -> Mapping[str, str]:
        """Keras and TensorFlow."""
        return {"keras": keras.__version__, "tensorflow": tf.__version__}

    @property
    def engine(self) -> str:
        """What computes the answers."""
        return "TensorFlow, the Keras model itself"

    @property
    def survey(self) -> Survey:
        """The model's spatial maps, found on first use."""
        if self._survey is None:
            self._survey = Survey(self.network, self._input_shape, *recommended_layer(self.card))
        return self._survey

    def preprocess(self, image: Image) -> tuple[Images, Geometry]:
        """Return one (h, w, c) float32 input, and where it lies on the picture."""
        return self._preprocess(image)

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

    def logits(self, images: Images) -> Logits:
        """Return class scores before softmax or sigmoid: (n, classes) float32."""
        if self._hint and frozen(images):
            return self._observe(images, self._hint)[1]
        return np.asarray(self._scores(_float32(images)))

    def probabilities(self, logits: Logits) -> Logits:
        """Return the model's own output for these scores, at its temperature: (n, classes), 0 to 1."""
        return self._head.probabilities(logits)

    def choose_layer(self, layer: str) -> LayerChoice:
        """Resolve `"auto"`, a path (`body/top_activation`) or an unambiguous ending of one.

        Raises:
            UnknownNameError: No such layer with a spatial map.
            ModelError: The model has none at all.
        """
        choice = self.survey.choose(layer)
        self._hint = choice.path
        return choice

    def activations(self, images: Images, layer: str) -> Activations:
        """Return what a layer puts out: (n, h, w, k) float32."""
        return self._observe(images, self.choose_layer(layer).path)[0]

    def activations_and_gradients(
        self, images: Images, targets: Targets, layer: str
    ) -> tuple[Activations, Activations]:
        """Return a layer's output and d(score of the target)/d(output): (n, h, w, k) float32 each.

        The network runs once, compiled and without a tape; only what lies above the layer is
        differentiated.
        """
        path = self.choose_layer(layer).path
        activations = self._observe(images, path)[0]
        weights = self._weights(targets)
        known = self._memory.recall_gradients(activations, weights)
        if known is not None:
            return activations, known
        gradients = self._layer_programs(path)[1](_float32(images), activations, weights)
        return activations, self._memory.keep_gradients(activations, weights, np.asarray(gradients))

    def input_gradients(self, images: Images, targets: Targets) -> Images:
        """Return d(score of the target)/d(input): (n, h, w, c) float32."""
        return np.asarray(self._input_gradient(_float32(images), self._weights(targets)))

    def guided_gradients(self, images: Images, targets: Targets) -> Images:
        """Return the guided gradient of the target's score at the input: (n, h, w, c) float32.

        Raises:
            ModelError: The network has no ReLU, so that there is nothing to guide.
        """
        return np.asarray(self._guided_gradient(_float32(images), self._weights(targets)))

    def logits_from(self, images: Images, activations: Activations, layer: str) -> Logits:
        """Return the class scores with other values in place of a layer's output: (n · m, classes).

        Args:
            images: (n, h, w, c), for what the model carries around the layer.
            activations: (n · m, h, w, k): m variants for each picture, one picture's after the other's.
            layer: Path of the layer.
        """
        scores = self._layer_programs(self.survey.choose(layer).path)[2]
        return np.asarray(scores(_float32(images), _float32(activations)))

    @property
    def spatial_layers(self) -> tuple[str, ...]:
        """Paths of the layers that put out a map, from the input to the output."""
        return tuple(self.survey.layers.told)

    @property
    def weighted_layers(self) -> tuple[str, ...]:
        """Paths of the layers that have weights of their own, from the input to the output."""
        return tuple(weighted_layers(self.network))

    @property
    def reweighted(self) -> Reweighted:
        """Its programs, with the weights as an argument."""
        if self._reweighted is None:
            self._reweighted = Reweighted(
                self.network,
                self._scores,
                self._input_gradient,
                self._guided_gradient,
                self._layer_programs,
            )
        return self._reweighted

    def randomised(self, layers: Sequence[str], seed: int) -> KerasModel:
        """Return a model that answers as this one would with shuffled weights; this one stays as it is.

        Each array of weights keeps its values and loses their order, so that nothing learned is left and
        activations stay in range. A layer's shuffle depends on the seed alone, not on the other layers.

        Args:
            layers: Paths among `weighted_layers`.
            seed: Of the shuffle.
        """
        return randomised(self, layers, seed)

    def _weights(self, targets: Targets) -> Logits:
        return target_weights(np.asarray(targets, np.int64), len(self.class_names))

    def describe(self) -> Description:
        """Return all that is known of the model without its weights."""
        versions, layers = self.versions, self.survey.layers
        return Description(self._input_shape, self._head, layers, self.fingerprint, versions, self.card)

    def freeze(self, question: Question, layer: str) -> Frozen:
        """Return a question about a layer as a graph, with an example of its answers."""
        low, high = self._preprocess.value_range
        images = np.random.default_rng(0).uniform(low, high, (4, *self._input_shape)).astype(np.float32)
        if question == "scores":
            return frozen_question(self._scores, {"images": images}, ("logits",))
        observe, gradient, head = self._layer_programs(layer)
        if question == "map":
            return frozen_question(observe, {"images": images}, ("activations", "logits"))
        activations = self._observe(images, layer)[0]
        if question == "head":
            variants = np.repeat(activations, 2, axis=0) * np.float32(0.5)
            return frozen_question(head, {"images": images, "activations": variants}, ("logits",))
        weights = np.random.default_rng(1).normal(size=(4, len(self.class_names))).astype(np.float32)
        asked = {"images": images, "activations": activations, "weights": weights}
        return frozen_question(gradient, asked, ("gradient",))

    def _observe(self, images: Images, path: str) -> Seen:
        known = self._memory.recall(images, path)
        if known:
            return known
        activations, logits = self._layer_programs(path)[0](_float32(images))
        return self._memory.keep(images, path, (np.asarray(activations), np.asarray(logits)))

    def _compiled(self, path: str) -> tuple[Any, Any, Any]:
        call = self.survey.find(path)
        return (
            programs.observe_program(self.network, self._head, call),
            programs.gradient_program(self.network, self._head, call),
            programs.head_program(self.network, self._head, call),
        )


def wrap(
    model: Any,
    class_names: Sequence[str] = (),
    *,
    name: str = "",
    size: int | tuple[int, int] | None = None,
    value_range: tuple[float, float] = (0.0, 255.0),
    crop: Literal["none", "foreground"] = "none",
    fit: Literal["stretch", "pad"] = "stretch",
    engine: str | None = None,
    precision: str = "float32",
) -> KerasModel | ConvertedModel:
    """Make any Keras 3 classifier with one picture input answer xaibrain's questions.

    Functional, Sequential, subclassed, nested and shared models are read as they are; nothing is
    rebuilt, and weights, configuration and layers stay bit for bit the same.

    Args:
        model: A `keras.Model`.
        class_names: One name an output (two for a one-unit head); `class_0` … if left out.
        name: What to call it; the model's own name if left out.
        size: Height and width of the input, where the model itself leaves them open.
        value_range: What black and white are to the model: (0, 255) unless you trained on something
            else. Models that rescale inside, such as EfficientNet, take (0, 255).
        crop: `foreground` cuts pictures to the head first, if the model was trained so.
        fit: `stretch` or `pad` pictures to the input.
        engine: None asks the network itself, so that answers follow its weights. The name of an engine,
            or `auto` for the fastest, converts it once as it is now; answers then stay what they are.
        precision: What the engine computes in: `float32`, or `bfloat16` where it can.

    Raises:
        ModelError: Several inputs or outputs, or no picture input.
        UsageError: A class list of the wrong length; an unknown engine or precision.
    """
    shape = input_size(model, size)
    preprocessing = Preprocessing(shape[:2], shape[2], crop, fit, value_range)
    live = KerasModel(model, class_names, name or model.name, preprocessing, {})
    if engine is None:
        return live
    description = live.describe()
    return ConvertedModel(
        description,
        live.name,
        live.class_names,
        preprocessing,
        Runner(*load_engine(engine, precision), precision),
        model_store(f"{description.fingerprint}-{shape}-{value_range}", live.name),
        lambda: live,
    )


def _float32(images: Images) -> Images:
    return np.asarray(images, np.float32)

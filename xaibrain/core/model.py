"""What a model must answer, and what it may answer besides; nothing needs to be inherited."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol, get_args, runtime_checkable

from xaibrain.core.geometry import Geometry
from xaibrain.core.records import Image, LayerChoice
from xaibrain.types import Activations, Filler, Images, Logits, Targets

Capability = Literal[
    "logits",
    "activations",
    "layer-gradient",
    "input-gradient",
    "guided-gradient",
    "head",
    "keras-network",
    "randomise",
]
"""A question that a model can answer; explainers name those they need in `requires`."""

CAPABILITIES: frozenset[Capability] = frozenset(get_args(Capability))
"""All of them."""


@runtime_checkable
class Model(Protocol):
    """A classifier that answers questions; the only thing that knows its framework.

    Attributes:
        name: What users call it.
        class_names: One name an output, in order; two for a one-unit sigmoid.
        capabilities: The questions it can answer.
        fingerprint: SHA-256 over structure and weights.
        head: How class scores are reached from the outputs, and any doubt about them.
        preprocessing: What `preprocess` does, for the record; `value_range`, if it is there, is what black
            and white are in an input.
        versions: The software it runs on.

    A model need not have the methods of capabilities that it does not declare. One that declares
    `keras-network` has an attribute `network`: the Keras model itself, for libraries that work on one. Who
    reads it leaves it as it is.

    It may have a method `prepare(capabilities, layer="")`, which is called for every method before any
    picture is read: to get ready for these questions about a layer, or to raise `ModelError` where this very
    network has no sound answer to one of them.
    """

    name: str
    class_names: tuple[str, ...]
    capabilities: frozenset[Capability]

    @property
    def fingerprint(self) -> str:
        """SHA-256 over structure and weights."""
        ...

    @property
    def head(self) -> str:
        """How class scores are reached from the outputs."""
        ...

    @property
    def preprocessing(self) -> Mapping[str, Any]:
        """What `preprocess` does."""
        ...

    @property
    def versions(self) -> Mapping[str, str]:
        """The software it runs on."""
        ...

    def preprocess(self, image: Image) -> tuple[Images, Geometry]:
        """Return one picture as a (h, w, c) float32 input, and where it lies on the source."""
        ...

    def logits(self, images: Images) -> Logits:
        """Return class scores before softmax or sigmoid: (n, classes)."""
        ...

    def probabilities(self, logits: Logits) -> Logits:
        """Return the probabilities that are shown for these scores: (n, classes), 0 to 1."""
        ...

    def choose_layer(self, layer: str) -> LayerChoice:
        """Resolve `"auto"` or a path to a layer with a spatial map, with the reason."""
        ...

    def activations(self, images: Images, layer: str) -> Activations:
        """Return what a layer puts out: (n, h, w, k)."""
        ...

    def activations_and_gradients(
        self, images: Images, targets: Targets, layer: str
    ) -> tuple[Activations, Activations]:
        """Return a layer's output and d(score of the target)/d(output), both (n, h, w, k).

        The score of a class is its logit; that of a pair (n, 2) is logit(first) − logit(second).
        """
        ...

    def input_gradients(self, images: Images, targets: Targets) -> Images:
        """Return d(score of the target)/d(input): (n, h, w, c)."""
        ...

    def logits_from(self, images: Images, activations: Activations, layer: str) -> Logits:
        """Return the class scores that come of putting other values in place of a layer's output.

        Capability `head`.

        Args:
            images: (n, h, w, c), for what the model carries around the layer.
            activations: (n · m, h, w, k): m variants for each picture, one picture's after the other's.
            layer: Path of the layer.

        Returns:
            (n · m, classes).
        """
        ...


@runtime_checkable
class Guidable(Model, Protocol):
    """A model whose ReLUs can be made to pass back only what is positive: capability `guided-gradient`."""

    def guided_gradients(self, images: Images, targets: Targets) -> Images:
        """Return the guided gradient of the target's score at the input: (n, h, w, c).

        Springenberg et al. 2014, arXiv:1412.6806, section 3.4.

        Raises:
            ModelError: The network has no ReLU, so that there is nothing to guide.
        """
        ...


@runtime_checkable
class Randomisable(Model, Protocol):
    """A model that can be asked what it would say had it not learned: capability `randomise`."""

    @property
    def weighted_layers(self) -> tuple[str, ...]:
        """Paths of the layers that have weights of their own, from the input to the output."""
        ...

    def randomised(self, layers: Sequence[str], seed: int) -> Model:
        """Return a model with the weights of some layers drawn anew; this one stays as it is.

        Args:
            layers: Paths among `weighted_layers`.
            seed: Of the draw. A layer's new weights depend on it alone, not on which others are drawn.
        """
        ...


@runtime_checkable
class Streaming(Model, Protocol):
    """A model that takes any number of pictures at the full rate of what runs it.

    Those who have many to ask about use `xaibrain.masked_logits` or `xaibrain.streamed_logits`, which ask
    any other model batch by batch.
    """

    def stream(self, write: Filler, batch_size: int) -> Iterator[Logits]:
        """Yield the class scores of all that is written, (m, classes) at a time, in its order.

        Args:
            write: Asked for more pictures, ahead of what was yielded, whenever a buffer is free. Each of
                its batches is yielded by itself; after 0 it is not asked again.
            batch_size: How many pictures all buffers may hold together; a buffer may be smaller.
        """
        ...


@runtime_checkable
class Feedable(Model, Protocol):
    """A model that begins with a batch while its pictures are still read.

    What was read a moment ago is in the processor's caches, and no core waits for the rest of the batch; and
    maps of the last batch are made meanwhile. A model that is not `Feedable` is asked when all are read.
    """

    def feed(self, write: Filler, count: int) -> Callable[[], Images]:
        """Run the network on what is written, a few pictures at a time, as they come.

        Args:
            write: Asked for more pictures, in this thread, until it returned 0 or `count` are written.
            count: How many there may be.

        Returns:
            What waits for the end, and returns the batch: (n, h, w, c), frozen. What the network said of it
            is remembered, so that `logits` of this very array returns at once.
        """
        ...

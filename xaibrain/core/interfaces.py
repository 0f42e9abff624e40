"""What a dataset, a model, an explainer, a reader, ... must answer; nothing needs to be inherited."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from xaibrain.core.geometry import Geometry
from xaibrain.core.records import Explanation, Image, LayerChoice, Part
from xaibrain.types import Activations, Filler, Heatmaps, Images, Logits, Targets

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


@runtime_checkable
class Dataset(Protocol):
    """Labelled pictures, read when they are asked for.

    Attributes:
        class_names: The classes, in the order of a model's outputs.
        default_model: The model that `xaibrain explain -d` uses when none is named; None for the
            command's own default.

    A dataset may tell more in attributes that need not be there:

    - `ids: Sequence[str]`, the id of each picture, in order, where they are known without reading any: a
      picture that cannot be read is then told by its id, and boxes and masks are matched when it is loaded.
    - `groups: Sequence[str]`, the group of each picture, in order, where it is known which belong together
      (one patient, one scan): splits keep a group on one side, and intervals are taken over groups.
    - `folder: Path`, the folder that the ids are paths in: a `boxes.csv` or a folder `masks` in it is used.
    """

    class_names: tuple[str, ...]
    default_model: str | None

    def __len__(self) -> int:
        """Return the number of pictures."""
        ...

    def __getitem__(self, index: int) -> Image:
        """Read one picture; raises `IndexError` past the end and `InputError` for a damaged one."""
        ...

    def __iter__(self) -> Iterator[Image]:
        """Read the pictures in order."""
        ...


@runtime_checkable
class Planter(Protocol):
    """What can put a lesion where none was: pictures whose evidence is known.

    Attributes:
        lesions: The classes of which it can plant one.
    """

    lesions: tuple[str, ...]

    def plant(
        self,
        image: Image,
        label: str,
        seed: int,
        *,
        radius: float | None = None,
        place: tuple[float, float] | None = None,
    ) -> Image:
        """Return the picture with one lesion blended in; the same for the same pixels, label and seed.

        Args:
            image: A slice, with or without a lesion of its own; it stays as it is.
            label: The class of the lesion.
            seed: What all that is drawn depends on, 0 or more.
            radius: Mean radius of the lesion, as a share of the head's width; drawn if none.
            place: Its centre (row, column), as shares of the picture's height and width; if none, drawn
                where such a lesion grows.

        Returns:
            A picture of the same size, dtype and channels, unchanged away from the lesion. `mask` is True on
            the planted tumour alone, `label` is its class, and `id` ends in `+LABEL-SEED`.

        Raises:
            InputError: The picture shows no head, or no room for the lesion.
            UsageError: There is no lesion of this label, or an option is out of range.
        """
        ...


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
class Explainer(Protocol):
    """A method: arithmetic over what a model answers.

    Typed constructor parameters (a dataclass is the easiest) become command-line settings. A class
    attribute `requires: frozenset[Capability]` names the questions it asks, and is checked before any
    work starts; a parameter `layer: str = "auto"` makes it a method of a layer, or of several, separated
    by commas.

    It may have a second method, `notes(model, images, targets, heatmaps)`, which is asked after `explain`
    and returns for each picture a mapping of what a reader of its map should know: short sentences and
    numbers, by name. They stand in the record.
    """

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return one signed, raw map a picture.

        Args:
            model: Answers what the method needs.
            images: (n, h, w, c) float32, preprocessed; read-only.
            targets: (n,) class indices; or (n, 2), one class against another, for a target `a:b`.
                `xaibrain.target_scores(logits, targets)` is the score to explain in both cases.

        Returns:
            (n, h, w) float32 at any resolution that covers the whole frame.
        """
        ...


Program = Callable[[Mapping[str, NDArray[np.float32]]], Mapping[str, NDArray[np.float32]]]
"""Arrays by name in, arrays by name out; what it does not take is passed over."""


@runtime_checkable
class StreamingProgram(Protocol):
    """A program of one input that can be kept busy: several batches at once, each in a buffer that stays."""

    def stream(
        self, write: Filler, shape: tuple[int, int, int], batch_size: int, answer: str
    ) -> Iterator[NDArray[np.float32]]:
        """Yield one answer to all that is written, as `Streaming.stream` does.

        Args:
            write: As there.
            shape: (h, w, c) of the input.
            batch_size: As there.
            answer: The name of the output that is wanted.
        """
        ...


@runtime_checkable
class Engine(Protocol):
    """Runs what a model computes without the framework that the model was made in.

    A question ("what does this layer put out, and what are the scores?") reaches it as a frozen graph: a
    serialised TensorFlow `GraphDef` in which every weight is a constant. Its inputs are the `Placeholder`
    nodes, all float32 with the batch first; its answers are the nodes that are named to it.

    Attributes:
        precisions: What it can compute in: `float32`, perhaps `bfloat16`.
    """

    precisions: tuple[str, ...]

    @property
    def versions(self) -> Mapping[str, str]:
        """The software it runs on; what it converted is kept by these."""
        ...

    def convert(self, graph: bytes, outputs: Sequence[str], folder: Path) -> None:
        """Write what `load` needs for a graph into an empty folder.

        Args:
            graph: A serialised `GraphDef`.
            outputs: The names of the nodes that answer.
            folder: Kept, and found again by `load`, maybe in another process.
        """
        ...

    def load(self, folder: Path, precision: str) -> Program:
        """Return the converted graph, ready to run on batches of any size.

        Several threads may call the program. What it returns belongs to the caller. A program may be a
        `StreamingProgram` as well.

        Args:
            folder: What `convert` filled.
            precision: One of `precisions`.
        """
        ...


@runtime_checkable
class Reader(Protocol):
    """Turns the files of some formats into pictures.

    Typed constructor parameters (a dataclass is the easiest) become settings: `-s reader.KEY=VALUE`.
    """

    def parts(self, files: Sequence[tuple[Path, str]]) -> Sequence[Part]:
        """List the pictures in files, as lightly as can be; no pixels are decoded.

        A file with one picture is one part of the file's own id. Those of a volume have a `place`, stand
        together and in order, and are called by its name, a slash and a number: `scan.nii.gz/012`. A file
        that turns out to be damaged is one part, and is refused when that is read. One that only lists
        others, such as a DICOMDIR among them, may be passed over.

        Args:
            files: Each file with its id, unique within a run.
        """
        ...

    def read(self, part: Part) -> Image:
        """Read one picture that `parts` listed; its `id`, `place` and `part` are those of the part.

        Raises:
            InputError: It is damaged, or of a kind that is not read; one line that begins with the path.
        """
        ...


@runtime_checkable
class Writer(Protocol):
    """Puts maps into files of a format.

    Typed constructor parameters (a dataclass is the easiest) become settings: `-s writer.KEY=VALUE`. One
    that is named `deidentify` is set by `--deidentify`, and asks that no name, date or UID be copied.

    It may have a second method, `finish(folder)`, which is called once when all maps are written.

    Attributes:
        volumes: Whether it wants the slices of a volume together. If not, each map is written alone.
    """

    @property
    def volumes(self) -> bool:
        """Whether it wants the slices of a volume together."""
        ...

    def write(self, explanations: Sequence[Explanation], folder: Path, stem: str) -> Sequence[Path]:
        """Write maps.

        Args:
            explanations: One; or, for a writer of volumes, those of all slices of a volume that were
                explained by the same method for the same class, in the order of the slices.
            folder: Where to; it exists, and is this writer's own.
            stem: What to call the files, without suffix; no other maps of the run have the same.

        Returns:
            The files that were written.

        Raises:
            InputError: The format cannot hold these maps: one line, which stands in the record. The maps
                are kept in other formats all the same.
        """
        ...


class Work(Protocol):
    """What is done with a chunk of things, in two steps: one can be read while another is explained."""

    def read(self, things: Sequence[Any]) -> Any:
        """Do the first step: read what the things name. Another thread may be in `explain` meanwhile."""
        ...

    def explain(self, read: Any) -> Sequence[Any]:
        """Do the second step on what the first made; return one result for each thing, in order."""
        ...


@runtime_checkable
class Executor(Protocol):
    """Decides where work is done, and sees to it that all of it is.

    Typed constructor parameters are its options. `xaibrain explain` has options for those that are named
    `workers`, `address` and `timeout` (seconds that one thing may take; 0 for any).
    """

    def run(self, prepare: Callable[[], Work], chunks: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        """Do the work on every chunk.

        Args:
            prepare: Makes the work, once in each worker. It can be pickled, and so can things and results.
            chunks: Taken one by one, so that few are in memory at a time.

        Yields:
            The results of each chunk, in the order of the chunks. A thing that could not be worked on,
            because it ends every worker that it is given to or takes too long, has a `Lost` for a result.

        Raises:
            ExecutorError: Workers cannot be started.
        """
        ...

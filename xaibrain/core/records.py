"""What flows through the pipeline: pictures in, explanations out, and scores of these."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from xaibrain.core.geometry import Geometry
from xaibrain.core.place import Place
from xaibrain.errors import InputError
from xaibrain.types import Heatmap, Mask, Pixels

Status = Literal["ok", "all-negative", "constant", "non-finite", "saturated"]
"""Whether a map can be read: `ok`, or why a picture of it would be blank or meaningless."""

MaskKind = Literal["outline", "box"]
"""What a mask follows: the lesion itself, or a rectangle around it, which holds healthy tissue too."""


@dataclass(frozen=True, slots=True)
class Part:
    """One picture of a file, listed but not read: the only one, a frame, or a slice.

    Attributes:
        path: The file.
        id: What to call the picture, unique within a run.
        index: Its number in the file, from 0.
        place: Where it lies in the patient, where the file says so.
    """

    path: Path
    id: str
    index: int = 0
    place: Place | None = None


@dataclass(frozen=True, eq=False)
class Coded:
    """A file that holds certain pixels and nothing else: nothing in it says whose they are.

    Attributes:
        pixels: As it is decoded, this very array.
        content: The file.
        suffix: By which its format is known, such as `.jpg`.
    """

    pixels: Pixels = field(repr=False)
    content: bytes = field(repr=False)
    suffix: str


@dataclass(frozen=True, eq=False)
class Image:
    """One picture and what is known of it.

    Attributes:
        pixels: (h, w) grey or (h, w, 3) RGB; uint8, or uint16 or float in their own range.
        id: Unique within a run; relative path for files.
        source: Where it came from: a path, or how it was made.
        label: The true class, where known.
        mask: (h, w) bool, True on the lesion, where known.
        mask_kind: Whether the mask follows the lesion's outline or is a box around it.
        spacing: Millimetres a pixel (row, column), where known.
        file_sha256: Digest of the file it was read from; empty for arrays.
        place: Where it lies in the patient, where known: which edge is left, and which volume it is of.
        part: The file that it was read from, for writers that refer to it. It stands in no record.
        coded: Its file, where that holds nothing else: a run keeps that rather than the pixels coded anew. It
            counts for the pixels that it was decoded to alone.

    Raises:
        InputError: The pixels are not a picture, hold NaN or infinity, or the mask is of another size.
    """

    pixels: Pixels = field(repr=False)
    id: str
    source: str = ""
    label: str | None = None
    mask: Mask | None = field(default=None, repr=False)
    spacing: tuple[float, float] | None = None
    file_sha256: str = ""
    mask_kind: MaskKind = "outline"
    place: Place | None = None
    part: Part | None = None
    coded: Coded | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        shape = self.pixels.shape
        if not (len(shape) == 2 or (len(shape) == 3 and shape[2] == 3)) or 0 in shape:
            raise InputError(f"{self.id}: pixels of shape {shape}; give (h, w) grey or (h, w, 3) RGB.")
        kind = self.pixels.dtype.kind
        if kind not in "uif" or (kind == "f" and not np.isfinite(self.pixels).all()):
            raise InputError(f"{self.id}: pixels must be finite numbers; replace NaN and infinity first.")
        if self.mask is not None and self.mask.shape != shape[:2]:
            raise InputError(f"{self.id}: mask of shape {self.mask.shape} on a picture of shape {shape[:2]}.")

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return (int(self.pixels.shape[0]), int(self.pixels.shape[1]))

    @cached_property
    def sha256(self) -> str:
        """Digest of the source file; for arrays, of dtype, shape and pixels."""
        if self.file_sha256:
            return self.file_sha256
        digest = hashlib.sha256(f"{self.pixels.dtype.str}{self.pixels.shape}".encode())
        digest.update(np.ascontiguousarray(self.pixels).tobytes())
        return digest.hexdigest()


@dataclass(frozen=True)
class LayerChoice:
    """The layer that a map was made at, and why that one."""

    path: str
    reason: str


@dataclass(frozen=True)
class Provenance:
    """All that is needed to make the same map again.

    Attributes:
        explainer: The explainer's registered name (its class where it has none).
        parameters: Its parameters, all of them.
        model: The model's name.
        fingerprint: SHA-256 over the model's structure and weights.
        preprocessing: What was done to the pixels before the model saw them.
        head: How class scores were reached, and any doubt about them.
        sha256: The picture's digest.
        versions: The software that took part.
        engine: What computed the model's answers, in which precision; empty for models that do not say.
    """

    explainer: str
    parameters: Mapping[str, Any]
    model: str
    fingerprint: str
    preprocessing: Mapping[str, Any]
    head: str
    sha256: str
    versions: Mapping[str, str]
    engine: str = ""


@dataclass(frozen=True, eq=False)
class Explanation:
    """A raw map and everything needed to check it.

    Attributes:
        image: The picture that was explained.
        heatmap: (h, w) float32, signed and raw, at the resolution of the layer. Positive is evidence
            for the target; nothing is clipped, normalised or resized.
        geometry: How the map lies on the picture.
        target: The class that the map explains; `a:b` for class a against class b.
        predicted: The class with the highest score.
        probabilities: Class name to probability, from 0 to 1.
        layer: Path of the layer, or None for methods that use none.
        layer_reason: Why that layer, in a sentence.
        status: Whether the map can be read.
        provenance: How to make it again.
        notes: What the method has to say about this map: sentences and numbers, by name.
        seconds: Wall time of the batch divided by its size.
    """

    image: Image
    heatmap: Heatmap
    geometry: Geometry
    target: str
    predicted: str
    probabilities: Mapping[str, float]
    layer: str | None
    layer_reason: str
    status: Status
    provenance: Provenance
    notes: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = field(default=0.0, compare=False)

    _repr_html_: ClassVar[Callable[[Explanation], str]]
    """How it shows itself in a notebook. `xaibrain.explain` sets it, for the core cannot draw."""

    def __repr__(self) -> str:
        told = f"{self.provenance.explainer} for {self.target} on {self.image.id!r}"
        return f"<Explanation: {told}, predicted {self.predicted}, status {self.status}>"

    @property
    def label(self) -> str | None:
        """The picture's true class, where known."""
        return self.image.label

    def on_source(self) -> Heatmap:
        """Return the map at the picture's own size: (h, w) float32, raw units, bilinear.

        Pixels that the model did not see (outside its crop) are 0.
        """
        return self.geometry.to_source(self.heatmap)

    def on_frame(self) -> Heatmap:
        """Return the map at the size of the model's input: (h, w) float32, raw units, bilinear."""
        return self.geometry.over_frame(self.heatmap)


@dataclass(frozen=True)
class Failure:
    """An input that could not be explained, and why; the others went on.

    Attributes:
        id: The picture's, as far as it is known.
        source: Where it was to come from.
        error: One line for a person.
        sha256: The picture's digest, if it could be read.
        label: Its true class, where known.
        explainer: The method that failed; empty if it never came to that.
        target: What was to be explained; empty likewise.
    """

    id: str
    source: str
    error: str
    sha256: str = ""
    label: str | None = None
    explainer: str = ""
    target: str = ""


@dataclass(frozen=True)
class Kept:
    """Stands for the explanations of a picture that a run has already, from before it was interrupted."""

    id: str


@dataclass(frozen=True)
class Lost:
    """Stands for the result of work that no worker came through.

    Attributes:
        reason: What became of the workers, in a few words.
    """

    reason: str


@dataclass(frozen=True)
class Score:
    """What a metric says of one map: a number, or why there is none.

    Attributes:
        value: In the metric's own range; None where it is undefined.
        reason: Why it is undefined, in a few words that are the same for every such map; empty otherwise.

    Raises:
        ValueError: The value is NaN or infinite, or a value and a reason are given, or neither.
    """

    value: float | None
    reason: str = ""

    def __post_init__(self) -> None:
        if (self.value is None) != bool(self.reason):
            raise ValueError("a score is a value, or None with the reason why it is undefined")
        if self.value is not None and not math.isfinite(self.value):
            raise ValueError(f"a score of {self.value} says nothing; give None with the reason")

"""Pictures that go through the model together, and what it says of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from xaibrain.answers import checked_logits
from xaibrain.core.geometry import Geometry
from xaibrain.core.model import Model
from xaibrain.core.records import Image
from xaibrain.ops.repeated import put
from xaibrain.types import Images, Logits

Ready: TypeAlias = tuple[Image, Images, Geometry]
"""A picture, preprocessed, and where that lies on it."""


@dataclass(frozen=True)
class Batch:
    """Pictures that were preprocessed, and their scores.

    Attributes:
        images: The pictures.
        geometries: Where their inputs lie on them.
        inputs: (n, h, w, c); frozen, so that the model may remember what it computed for this very array.
        logits: (n, classes).
        seconds: That the scores of one took.
    """

    images: list[Image]
    geometries: list[Geometry]
    inputs: Images
    logits: Logits
    seconds: float

    def part(self, which: NDArray[np.int64]) -> Batch:
        """Return some of its pictures, by their places."""
        inputs = self.inputs[which]
        inputs.flags.writeable = False
        images = [self.images[index] for index in which]
        geometries = [self.geometries[index] for index in which]
        return Batch(images, geometries, inputs, self.logits[which], self.seconds)


@dataclass(frozen=True)
class Unanswered:
    """A picture that the model has no scores for.

    Attributes:
        image: The picture.
        error: Why not.
    """

    image: Image
    error: Exception


def asked(model: Model, ready: Sequence[Ready]) -> list[Batch | Unanswered]:
    """Ask a model for the scores of pictures, of all at once; where that fails, of halves of them."""
    if not ready:
        return []
    try:
        return [_scored(model, ready)]
    # Out of memory, most likely: smaller batches may go through, and then only the bad picture is lost.
    except Exception as error:
        if len(ready) == 1:
            return [Unanswered(ready[0][0], error)]
    half = len(ready) // 2
    return asked(model, ready[:half]) + asked(model, ready[half:])


def _scored(model: Model, ready: Sequence[Ready]) -> Batch:
    started = time.perf_counter()
    inputs = np.empty((len(ready), *ready[0][1].shape), np.float32)
    for (_, preprocessed, _), place in zip(ready, inputs, strict=True):
        put(preprocessed, place)
    inputs.flags.writeable = False
    logits = checked_logits(model, inputs)
    seconds = (time.perf_counter() - started) / len(ready)
    return Batch([image for image, _, _ in ready], [place for *_, place in ready], inputs, logits, seconds)

"""Pictures that go through the model together, and what it says of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from xaibrain.answers import checked_logits
from xaibrain.core.geometry import Geometry
from xaibrain.core.model import Feedable, Model
from xaibrain.core.records import Failure, Image, Kept
from xaibrain.ops.repeated import put
from xaibrain.types import Images, Logits

Ready: TypeAlias = tuple[Image, Images, Geometry]
"""A picture, preprocessed, and where that lies on it."""

Read: TypeAlias = Ready | Failure | Kept
"""A picture that is ready for the model, or why it is not."""


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


@dataclass(frozen=True)
class Asked:
    """Pictures that were read, and what the model says of those that are ready for it.

    Attributes:
        read: The pictures.
        parts: Batch by batch, in the same order.
    """

    read: Sequence[Read]
    parts: Sequence[Batch | Unanswered]


def begun(model: Model, pictures: Iterable[Read], count: int) -> Callable[[], Asked]:
    """Read pictures, and ask a model for the scores of those that are ready for it; nothing is raised here.

    Args:
        model: One that is `Feedable` begins while they are read.
        pictures: Each is read as it is drawn.
        count: How many there are.

    Returns:
        What waits for the scores.
    """
    # By one question: a check of the whole protocol would look at the fingerprint, and so hash all weights.
    if callable(getattr(model, "feed", None)):
        return _fed(cast(Feedable, model), pictures, count)
    read = list(pictures)
    return lambda: Asked(read, _asked(model, _ready(read)))


def _fed(model: Feedable, pictures: Iterable[Read], count: int) -> Callable[[], Asked]:
    source, read = iter(pictures), list[Read]()
    started = time.perf_counter()

    def write(buffer: Images) -> int:
        written = 0
        for one in source if len(buffer) else ():
            read.append(one)
            if isinstance(one, tuple):
                image, preprocessed, geometry = one
                put(preprocessed, buffer[written])
                read[-1] = image, buffer[written], geometry
                written += 1
                if written == len(buffer):
                    break
        return written

    finish: Callable[[], Images] | None = None
    # It is asked again below, for less at a time.
    with suppress(Exception):
        finish = model.feed(write, count)
    read.extend(source)

    def asked() -> Asked:
        ready = _ready(read)
        if finish and ready:
            with suppress(Exception):
                inputs = finish()
                if len(inputs) == len(ready):
                    return Asked(read, [_scored(model, ready, inputs, started)])
        return Asked(read, _asked(model, ready))

    return asked


def _ready(read: Sequence[Read]) -> list[Ready]:
    return [one for one in read if isinstance(one, tuple)]


def _asked(model: Model, ready: Sequence[Ready]) -> list[Batch | Unanswered]:
    """Ask for the scores of all pictures at once; where that fails, of halves of them."""
    if not ready:
        return []
    try:
        started = time.perf_counter()
        return [_scored(model, ready, _stacked(ready), started)]
    # Out of memory, most likely: smaller batches may go through, and then only the bad picture is lost.
    except Exception as error:
        if len(ready) == 1:
            return [Unanswered(ready[0][0], error)]
    half = len(ready) // 2
    return _asked(model, ready[:half]) + _asked(model, ready[half:])


def _stacked(ready: Sequence[Ready]) -> Images:
    inputs = np.empty((len(ready), *ready[0][1].shape), np.float32)
    for (_, preprocessed, _), place in zip(ready, inputs, strict=True):
        put(preprocessed, place)
    inputs.flags.writeable = False
    return inputs


def _scored(model: Model, ready: Sequence[Ready], inputs: Images, started: float) -> Batch:
    logits = checked_logits(model, inputs)
    seconds = (time.perf_counter() - started) / len(ready)
    return Batch([image for image, _, _ in ready], [place for *_, place in ready], inputs, logits, seconds)

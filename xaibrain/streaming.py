"""Thousands of pictures through a model, at the full rate of what runs it, in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Any, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from xaibrain.core.model import Model, Streaming
from xaibrain.ops.repeated import put
from xaibrain.types import Filler, Images, Logits

Masks: TypeAlias = NDArray[np.float32]
"""(m, h, w), 0 to 1: how much of each pixel is kept."""


def masked_logits(
    model: Model,
    picture: Images,
    masks: Iterable[NDArray[np.float32]],
    filling: Images | float = 0.0,
    batch_size: int = 32,
) -> Iterator[tuple[Masks, Logits]]:
    """Ask a model for the scores of many copies of one picture, each with other parts of it hidden.

    A copy is mask · picture + (1 − mask) · filling: where its mask is 1, the picture bit for bit. Copies are
    written into the memory that the engine reads. A batch that fails, for lack of memory most likely, is
    asked again in halves.

    Args:
        model: Answers `logits`; one that is `Streaming` is kept busy, any other is asked batch by batch.
        picture: (h, w, c), as the model takes it.
        masks: (h, w) each, 0 to 1, drawn one at a time; they may be made as they are drawn.
        filling: (h, w, c) or a number: what stands where nothing is kept.
        batch_size: How many copies may be in memory.

    Yields:
        Masks, (m, h, w), and the class scores of their copies, (m, classes), in their order. The masks are
        overwritten later: who keeps them copies them.
    """
    picture = np.asarray(picture, np.float32)
    blend = _blend(picture, filling)
    stream = iter(masks)
    waiting: deque[Masks] = deque()
    spare: list[Masks] = []

    def write(buffer: Images) -> int:
        kept = spare.pop() if spare else np.empty((batch_size, *picture.shape[:2]), np.float32)
        count = 0
        for mask, copy in zip(islice(stream, len(buffer)), buffer, strict=False):
            kept[count] = mask
            blend(kept[count], copy)
            count += 1
        if count:
            waiting.append(kept)
        return count

    for logits in _streamed(model, write, picture.shape, batch_size):
        kept = waiting.popleft()
        yield kept[: len(logits)], logits
        spare.append(kept)


def streamed_logits(model: Model, pictures: Iterable[Images], batch_size: int = 32) -> Iterator[Logits]:
    """Ask a model for the scores of any number of pictures.

    Args:
        model: As for `masked_logits`.
        pictures: (h, w, c) each, as the model takes them; they may be made as they are drawn.
        batch_size: How many may be in memory.

    Yields:
        Class scores, (m, classes) at a time, in the order of the pictures.
    """
    stream = iter(pictures)
    first = next(stream, None)
    if first is None:
        return
    stream = chain([first], stream)

    def write(buffer: Images) -> int:
        count = 0
        for count, picture in enumerate(islice(stream, len(buffer)), 1):
            put(picture, buffer[count - 1])
        return count

    yield from _streamed(model, write, np.shape(first), batch_size)


def in_turn(
    ask: Callable[[Images], Logits], write: Filler, shape: tuple[int, ...], batch_size: int
) -> Iterator[Logits]:
    """Yield the answers to all that is written, one batch after another, from one buffer.

    Args:
        ask: `Model.logits`.
        write: As for `Streaming.stream`.
        shape: (h, w, c) of a picture.
        batch_size: How many pictures the buffer holds.
    """
    buffer = np.empty((batch_size, *shape), np.float32)
    while count := write(buffer):
        yield in_halves(ask, buffer[:count])


def filled(write: Filler, shape: tuple[int, ...], count: int) -> Images:
    """Return all that is written, at most `count` pictures of shape (h, w, c), in memory of their own."""
    buffer = np.empty((count, *shape), np.float32)
    written = write(buffer)
    return buffer if written == count else buffer[:written].copy()


def in_halves(ask: Callable[[Images], Logits], pictures: Images) -> Logits:
    """Ask about all pictures at once; if that fails, about halves of them: out of memory, most likely."""
    try:
        # A copy: an answer may lie in memory that the next one is written to.
        return np.array(ask(pictures))
    # Every framework has an exception of its own for that. Any other is raised again by the last picture.
    except Exception:
        if len(pictures) == 1:
            raise
        half = len(pictures) // 2
        return np.concatenate([in_halves(ask, pictures[:half]), in_halves(ask, pictures[half:])])


def _streamed(model: Model, write: Filler, shape: tuple[int, ...], batch_size: int) -> Iterator[Logits]:
    # By one question: a check of the whole protocol would look at the fingerprint, and so hash all weights.
    if callable(getattr(model, "stream", None)):
        yield from cast(Streaming, model).stream(write, batch_size)
    else:
        yield from in_turn(model.logits, write, shape, batch_size)


def _blend(picture: Images, filling: Images | float) -> Callable[[NDArray[np.float32], Images], None]:
    """Return what writes the copy that a mask makes."""
    filling = np.broadcast_to(np.asarray(filling, np.float32), picture.shape)
    black = not filling.any()

    def blend(mask: NDArray[np.float32], copy: Images) -> None:
        # The mask is spread over the channels first: NumPy is slow where it has to do that while multiplying.
        shares: Any = cv2.merge([mask] * copy.shape[2])
        shares = shares.reshape(copy.shape)
        np.multiply(picture, shares, out=copy)
        if not black:
            np.subtract(1, shares, out=shares)
            shares *= filling
            copy += shares

    return blend

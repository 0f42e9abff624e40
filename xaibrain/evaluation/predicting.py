"""What a model says of pictures, one after another, with bounded memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from xaibrain.answers import checked_logits
from xaibrain.core.dataset import Dataset
from xaibrain.core.model import Model
from xaibrain.core.records import Failure, Image
from xaibrain.errors import InputError, UsageError, told
from xaibrain.inputs import Inputs, Item, items_of
from xaibrain.loading import opened_model
from xaibrain.types import Images


@dataclass(frozen=True)
class Prediction:
    """What a model says of one picture.

    Attributes:
        id: The picture's.
        source: Where it came from.
        sha256: Its digest.
        label: Its true class, where known.
        predicted: The class with the highest score.
        probabilities: Class name to probability, 0 to 1, at the model's temperature.
        logits: Class name to score, before softmax or sigmoid and whatever the temperature.
    """

    id: str
    source: str
    sha256: str
    label: str | None
    predicted: str
    probabilities: dict[str, float]
    logits: dict[str, float]


@overload
def predict(
    images: Inputs, *, model: str | os.PathLike[str] | Model | None = ..., batch_size: int = ...,
    on_error: Literal["raise"] = ...,
) -> Iterator[Prediction]: ...  # fmt: skip
@overload
def predict(
    images: Inputs, *, model: str | os.PathLike[str] | Model | None = ..., batch_size: int = ...,
    on_error: Literal["yield"],
) -> Iterator[Prediction | Failure]: ...  # fmt: skip
def predict(
    images: Inputs,
    *,
    model: str | os.PathLike[str] | Model | None = None,
    batch_size: int = 32,
    on_error: Literal["raise", "yield"] = "raise",
) -> Iterator[Prediction | Failure]:
    """Classify pictures, one after another, with bounded memory.

    Args:
        images: As for `xaibrain.explain`: paths, arrays, `Image`s, a `Dataset`, or a list of these.
        model: A registered name, a model file, or what `load_model` or `wrap` returned. Left out, the
            dataset's own default, else the brain-MRI checkpoint.
        batch_size: Pictures a forward pass.
        on_error: `raise` stops at the first picture that cannot be classified; `yield` gives a `Failure`
            in its place and goes on.

    Yields:
        One `Prediction` a picture, in order.

    Raises:
        UsageError: An unknown name or option; before any work.
        InputError: A picture cannot be used, with `on_error="raise"`.
    """
    if on_error not in ("raise", "yield"):
        raise UsageError(f"on_error={on_error!r} means nothing; give 'raise' or 'yield'.")
    if batch_size < 1:
        raise UsageError(f"batch_size={batch_size} holds no picture; give 1 or more.")
    asked = opened_model(model, images.default_model if isinstance(images, Dataset) else None)
    return _unless_raised(predictions(asked, items_of(images), batch_size), on_error)


def scored(
    model: Model, items: Sequence[Item], batch_size: int = 32
) -> Iterator[tuple[Image, NDArray[np.float32]] | Failure]:
    """Read pictures and run them through a model in batches.

    Yields:
        Each picture with its class scores (classes,), or its failure, in order. When a batch fails, its
        halves are tried, so that only the bad picture is lost.
    """
    for start in range(0, len(items), batch_size):
        read = [_read(model, item) for item in items[start : start + batch_size]]
        good = [pair for pair in read if not isinstance(pair, Failure)]
        answers = iter(_answers(model, good))
        for outcome in read:
            yield outcome if isinstance(outcome, Failure) else next(answers)


def predictions(model: Model, items: Sequence[Item], batch_size: int = 32) -> Iterator[Prediction | Failure]:
    """Yield a record for each picture, or its failure, in order."""
    for outcome in scored(model, items, batch_size):
        yield outcome if isinstance(outcome, Failure) else _prediction(model, *outcome)


def _unless_raised(outcomes: Iterator[Prediction | Failure], on_error: str) -> Iterator[Any]:
    for outcome in outcomes:
        if isinstance(outcome, Failure) and on_error == "raise":
            raise InputError(outcome.error)
        yield outcome


def _prediction(model: Model, image: Image, logits: NDArray[np.float32]) -> Prediction:
    """Return class scores of a picture as a record."""
    names = model.class_names
    probabilities = model.probabilities(logits[None])[0]
    return Prediction(
        image.id,
        image.source,
        image.sha256,
        image.label,
        names[int(logits.argmax())],
        {name: float(p) for name, p in zip(names, probabilities, strict=True)},
        {name: float(score) for name, score in zip(names, logits, strict=True)},
    )


def _read(model: Model, item: Item) -> tuple[Image, Images] | Failure:
    try:
        image = item.read()
        return image, model.preprocess(image)[0]
    # A dataset plugin may raise anything; one bad picture must not end the run.
    except Exception as error:
        return Failure(item.id, item.source, told(error))


def _answers(
    model: Model, read: list[tuple[Image, Images]]
) -> list[tuple[Image, NDArray[np.float32]] | Failure]:
    if not read:
        return []
    try:
        logits = checked_logits(model, np.stack([inputs for _, inputs in read]))
    # Out of memory, most likely: smaller batches may go through.
    except Exception as error:
        if len(read) == 1:
            image = read[0][0]
            line = f"{image.id}: {model.name}: {told(error)}"
            return [Failure(image.id, image.source, line, image.sha256, image.label)]
        half = len(read) // 2
        return _answers(model, read[:half]) + _answers(model, read[half:])
    return [(image, scores) for (image, _), scores in zip(read, logits, strict=True)]

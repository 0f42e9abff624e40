"""Which pixels are taken away first, what takes their place, and what the model says on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from xaibrain import Explanation, Model
from xaibrain.types import Images
from xaibrain_metrics.undefined import refuse_nothing_to_rank

Fill = Literal["mean", "black", "blur"]
"""What takes a pixel's place: the picture's mean colour, black, or the blurred picture."""

_SIGMA = 5 / 224
"""Of the blur, as a share of the longer side: 5 pixels of 224, as in RISE."""


def most_relevant_first(explanation: Explanation, seed: int) -> NDArray[np.int64]:
    """Return the pixels of the model's input in the order of the signed map; ties in random order.

    Raises:
        Undefined: The map is constant or not finite: it ranks nothing.
    """
    refuse_nothing_to_rank(explanation)
    relevance = explanation.on_frame().ravel()
    shuffled = np.random.default_rng(seed).permutation(relevance.size)
    return np.asarray(shuffled[np.argsort(-relevance[shuffled], kind="stable")])


def filled(image: Images, fill: Fill, model: Model) -> Images:
    """Return what a picture consists of once everything is taken away: (h, w, c)."""
    if fill == "black":
        return np.full_like(image, black_of(model, image))
    if fill == "mean":
        return np.broadcast_to(image.mean(axis=(0, 1)), image.shape).astype(np.float32)
    blurred = cv2.GaussianBlur(image, (0, 0), _SIGMA * max(image.shape[:2]))
    return np.asarray(blurred, np.float32).reshape(image.shape)


def black_of(model: Model, image: Images) -> float:
    """Return what black is to the model: from its preprocessing, else the picture's least value."""
    limits = model.preprocessing.get("value_range")
    return float(limits[0]) if limits else float(image.min())


def morphed(start: Images, end: Images, order: NDArray[np.int64], steps: int) -> Iterator[Images]:
    """Yield a picture on its way to another, pixel after pixel: steps + 1 pictures, both ends included.

    Args:
        start: (h, w, c).
        end: Of the same shape.
        order: (h · w,) pixels, in the order in which they change.
        steps: In how many equal parts.
    """
    now = start.copy()
    flat, goal = now.reshape(-1, now.shape[-1]), end.reshape(-1, now.shape[-1])
    ends = np.linspace(0, len(order), steps + 1).round().astype(int)
    for last, until in zip([0, *ends], ends, strict=False):
        flat[order[last:until]] = goal[order[last:until]]
        yield now.copy()


def area(curve: NDArray[np.float64]) -> float:
    """Return the area under equally spaced values over a unit length, by the trapezoid rule."""
    return float((curve.sum() - (curve[0] + curve[-1]) / 2) / (len(curve) - 1))

"""What a picture is compared with: a picture without what is to be explained."""

from __future__ import annotations

from typing import Literal, TypeAlias

import cv2
import numpy as np

from xaibrain import Model
from xaibrain.types import Images

Start: TypeAlias = Literal["black", "blur", "mean"]

_BLUR = 0.1


def value_range(model: Model) -> tuple[float, float]:
    """Return what black and white are to the model; 0 and 255 where it does not say."""
    low, high = model.preprocessing.get("value_range", (0.0, 255.0))
    return float(low), float(high)


def starts(model: Model, images: Images, kind: Start) -> Images:
    """Return a baseline for each picture: (n, h, w, c) float32.

    Args:
        model: Knows what black is to it.
        images: (n, h, w, c).
        kind: `black`; `blur`, a Gaussian of a tenth of the longer side; or `mean`, each channel's mean.
    """
    if kind == "black":
        return np.full_like(images, value_range(model)[0])
    if kind == "mean":
        return np.broadcast_to(images.mean(axis=(1, 2), keepdims=True), images.shape).astype(np.float32)
    sigma = _BLUR * max(images.shape[1:3])
    blurred = [np.asarray(cv2.GaussianBlur(image, (0, 0), sigma)) for image in images]
    return np.stack(blurred).reshape(images.shape).astype(np.float32)

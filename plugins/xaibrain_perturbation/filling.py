"""What stands in for the parts of a picture that are removed."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import cv2
import numpy as np

from xaibrain import Model
from xaibrain.types import Images

Fill: TypeAlias = Literal["black", "mean", "blur"]
"""`black`, the picture's own `mean` colour, or the picture under a `blur`."""

_BLUR = 0.05
"""Standard deviation of the blur, as a share of the shorter side."""


def filling_of(picture: Images, fill: Fill, model: Model) -> Images:
    """Return what to put where nothing of a picture is kept: (h, w, c) float32.

    Args:
        picture: (h, w, c), as the model takes it.
        fill: `black` is the low end of what the model takes. `mean` is the picture's mean, channel by
            channel. `blur` is the picture under a Gaussian, wide as a twentieth of the shorter side.
        model: Says in its preprocessing what black is; 0 where it does not.
    """
    if fill == "blur":
        sigma = _BLUR * min(picture.shape[:2])
        blurred: Any = cv2.GaussianBlur(picture, (0, 0), sigma)
        return np.asarray(blurred, np.float32).reshape(picture.shape)
    colour = picture.mean(axis=(0, 1), dtype=np.float64) if fill == "mean" else value_range(model)[0]
    return np.broadcast_to(np.asarray(colour, np.float32), picture.shape)


def value_range(model: Model) -> tuple[float, float]:
    """Return what black and white are in a model's input; 0 and 255 where it does not say."""
    low, high = model.preprocessing.get("value_range", (0.0, 255.0))
    return float(low), float(high)

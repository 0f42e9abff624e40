"""From a gradient for each input channel to one number a pixel."""

from __future__ import annotations

from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from xaibrain.types import Heatmaps

Reduction: TypeAlias = Literal["max", "mean", "sum"]


def over_channels(
    values: NDArray[np.floating], how: Reduction, absolute: bool = False, sigma: float = 0.0
) -> Heatmaps:
    """Return one map a picture: (n, h, w) float32.

    Args:
        values: (n, h, w, c).
        how: `mean` or `sum` over the channels, or `max`: the channel of the largest magnitude, with its sign.
        absolute: Whether signs are dropped first.
        sigma: Standard deviation, in pixels, of a Gaussian that the map is smoothed with; 0 for none.
    """
    values = np.abs(values) if absolute else values
    if how == "max":
        largest = np.abs(values).argmax(axis=3)[..., None]
        maps = np.take_along_axis(values, largest, axis=3)[..., 0]
    else:
        maps = values.mean(axis=3) if how == "mean" else values.sum(axis=3)
    return smoothed(maps.astype(np.float32), sigma)


def smoothed(maps: Heatmaps, sigma: float) -> Heatmaps:
    """Return maps smoothed with a Gaussian of this standard deviation in pixels, mirrored at the rims."""
    if sigma <= 0:
        return maps
    done: Heatmaps = np.stack([np.asarray(cv2.GaussianBlur(one, (0, 0), sigma)) for one in maps])
    return done

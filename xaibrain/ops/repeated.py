"""Grey pictures for models that take colour: one channel in memory, shown as several."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from xaibrain.types import Images


def repeated(grey: NDArray[np.float32], channels: int) -> Images:
    """Return (h, w) as (h, w, channels), a view that cannot be written to: nothing is copied."""
    return np.broadcast_to(grey[..., None], (*grey.shape, channels))


def put(picture: Images, place: Images) -> None:
    """Write a picture, (h, w, c), to memory that is contiguous.

    What is `repeated` is spread by OpenCV, which takes a tenth of what NumPy does.

    Raises:
        ValueError: The shapes differ.
    """
    if picture.shape != place.shape:
        raise ValueError(f"a picture of shape {picture.shape} in a batch of {place.shape}")
    if picture.shape[2] > 1 and picture.strides[2] == 0 and picture.dtype == place.dtype:
        cv2.merge([picture[..., 0]] * picture.shape[2], dst=place)
    else:
        place[...] = picture

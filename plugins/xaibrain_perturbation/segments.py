"""Superpixels, and pictures of which some superpixels are kept."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from skimage.segmentation import slic

from xaibrain.types import Images
from xaibrain_perturbation.filling import value_range
from xaibrain_perturbation.probe import Kept, Probe


def superpixels(probe: Probe, count: int) -> NDArray[np.int64]:
    """Return the superpixel of each pixel: (h, w), numbered from 0.

    SLIC with a compactness that adapts to each superpixel (SLICO; Achanta et al. 2012), in Lab colours, on
    the picture as the model takes it. It finds about as many as were asked for.

    Args:
        probe: Holds the picture.
        count: How many to aim at.
    """
    low, high = value_range(probe.model)
    colours = np.clip((_rgb(probe.picture).astype(np.float64) - low) / (high - low), 0, 1)
    labels = slic(colours, n_segments=count, slic_zero=True, start_label=0, channel_axis=-1)
    return np.asarray(np.unique(labels, return_inverse=True)[1].reshape(labels.shape), np.int64)


def _rgb(picture: Images) -> Images:
    if picture.shape[2] == 3:
        return picture
    return np.repeat(picture.mean(axis=2, keepdims=True), 3, axis=2)


def shown(coalitions: NDArray[np.float32], segments: NDArray[np.int64]) -> Iterator[Kept]:
    """Yield for each coalition the mask that keeps its superpixels.

    Args:
        coalitions: (m, d), 1 for each superpixel that is kept and 0 for the others.
        segments: (h, w), the superpixel of each pixel.
    """
    for coalition in coalitions:
        yield coalition[segments]

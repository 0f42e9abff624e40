"""A dataset in memory, as one model sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xaibrain.core.model import Model
from xaibrain.core.records import Image

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True, eq=False)
class Pictures:
    """Preprocessed pictures with what is known of them.

    Attributes:
        images: (n, h, w, c) uint8.
        labels: (n,) class indices.
        masks: (n, h, w) uint8, 0 to 255: how much of each pixel the lesion covers.
        elsewhere: (n,) whether there may be a lesion that the mask does not cover.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    masks: NDArray[np.uint8]
    elsewhere: NDArray[np.bool_]

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.images)

    def lesioned(self, classes: int) -> NDArray[np.bool_]:
        """Return for each class whether some picture of it shows where a lesion is."""
        shown = np.unique(self.labels[self.masks.any(axis=(1, 2))])
        return np.isin(np.arange(classes), shown)

    def __getitem__(self, index: NDArray[np.int64]) -> Pictures:
        """Return the pictures at some positions."""
        return Pictures(self.images[index], self.labels[index], self.masks[index], self.elsewhere[index])

    def __add__(self, other: Pictures) -> Pictures:
        """Return these pictures and then those."""
        return Pictures(
            np.concatenate([self.images, other.images]),
            np.concatenate([self.labels, other.labels]),
            np.concatenate([self.masks, other.masks]),
            np.concatenate([self.elsewhere, other.elsewhere]),
        )


def prepared(model: Model, images: Iterable[Image]) -> Pictures:
    """Preprocess labelled pictures, and carry their masks along.

    Args:
        model: Takes pixels from 0 to 255.
        images: One or more; each with a label that is a class of the model. A mask is taken to cover all
            lesions of its picture.
    """
    frames, labels, masks, elsewhere = [], [], [], []
    for image in images:
        frame, geometry = model.preprocess(image)
        frames.append(np.rint(frame).clip(0, 255).astype(np.uint8))
        labels.append(model.class_names.index(str(image.label)))
        covered = np.zeros(image.size, np.float32) if image.mask is None else image.mask.astype(np.float32)
        masks.append(np.rint(geometry.to_frame(covered) * 255).astype(np.uint8))
        elsewhere.append(image.mask is None or not image.mask.any())
    return Pictures(np.stack(frames), np.array(labels, np.int64), np.stack(masks), np.array(elsewhere))

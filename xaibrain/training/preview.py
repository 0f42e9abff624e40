"""One batch of training pictures, as the network sees them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from xaibrain.core.dataset import Dataset
from xaibrain.core.records import Image
from xaibrain.errors import DatasetError, InputError
from xaibrain.keras.model import KerasModel
from xaibrain.loading import load_dataset
from xaibrain.training.augment import mixing
from xaibrain.training.batches import augmentation
from xaibrain.training.planting import planted, planter_of
from xaibrain.training.prepared import prepared
from xaibrain.training.recipe import Recipe

_MOST = 32


@dataclass(frozen=True, eq=False)
class Preview:
    """Augmented pictures.

    Attributes:
        images: (n, h, w, c) uint8.
        captions: The class of each, or the shares of those that were mixed.
        masks: (n, h, w) from 0 to 1: where the lesion is known to be; all 0 where it is not.
    """

    images: NDArray[np.uint8]
    captions: list[str]
    masks: NDArray[np.float32]


def preview(dataset: Dataset, model: KerasModel, recipe: Recipe) -> Preview:
    """Return a batch as training would see it: preprocessed, some with planted lesions, augmented.

    Args:
        dataset: Labelled pictures; a random batch of them is read.
        model: Says how pictures are preprocessed.
        recipe: Says how they are changed.

    Raises:
        DatasetError: No picture can be read.
    """
    count = min(recipe.batch_size, _MOST)
    images = _drawn(dataset, count, recipe.seed)
    share = recipe.planted / (1 + recipe.planted)
    if recipe.planted:
        planter, labels = planter_of(load_dataset(recipe.planter)), [str(image.label) for image in images]
        lesions = [image for image, _ in planted(planter, images, labels, round(share * count), recipe.seed)]
        images = [*lesions, *images[: count - len(lesions)]]
    pictures = prepared(model, images)
    moved, masks = augmentation(pictures, recipe, recipe.seed, masks=True)(tf.range(len(pictures)))
    labels = tf.one_hot(pictures.labels, len(model.class_names))
    mixed, shares = mixing(recipe, recipe.seed)(moved, labels)
    # A mask belongs to one picture: it is not shown where two are mixed.
    shown = masks if not (recipe.mixup or recipe.cutmix) else tf.zeros_like(masks)
    return Preview(
        np.rint(np.clip(mixed, 0, 255)).astype(np.uint8),
        [_caption(model, row) for row in np.asarray(shares)],
        np.asarray(shown)[..., 0],
    )


def _drawn(dataset: Dataset, count: int, seed: int) -> list[Image]:
    images: list[Image] = []
    for index in np.random.default_rng(seed).permutation(len(dataset)):
        try:
            images.append(dataset[int(index)])
        except InputError:
            continue
        if len(images) == count:
            break
    if not images:
        raise DatasetError("The dataset has no readable picture; check its folder.")
    return images


def _caption(model: KerasModel, shares: NDArray[np.float32]) -> str:
    order = [index for index in np.argsort(-shares) if shares[index] > 0.005]
    if len(order) == 1:
        return str(model.class_names[order[0]])
    return " + ".join(f"{shares[index]:.0%} {model.class_names[index]}" for index in order)

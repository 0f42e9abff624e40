"""Batches as the network sees them: shuffled, augmented, with targets and weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from xaibrain.training.augment import geometric, mixing, photometric, rand_augment
from xaibrain.training.guidance import lesion_targets
from xaibrain.training.prepared import Pictures
from xaibrain.training.recipe import Recipe


@dataclass(frozen=True)
class Share:
    """One of the equal parts into which workers that learn together deal each batch.

    Attributes:
        part: Its number, from 0.
        of: How many there are.
    """

    part: int
    of: int

    def taken(self, batch: Any) -> Any:
        """Return the part of a batch (n,).

        None is empty: a mean over nothing is no number. Where there are fewer pictures than parts, some are
        in several.
        """
        size = tf.size(batch, tf.int64)
        return tf.gather(batch, tf.range(self.part, tf.maximum(size, self.part + 1), self.of) % size)


def batches(
    pictures: Pictures,
    classes: int,
    recipe: Recipe,
    cells: tuple[int, int] | None = None,
    epoch: int = 0,
    share: Share | None = None,
) -> Any:
    """Return an endless `tf.data.Dataset`, epoch after epoch, each in an order of its own.

    It is to be gone through once: random numbers start over with each new iterator.

    Args:
        pictures: What to train on.
        classes: How many there are.
        recipe: Batch size, augmentation, weights, seed.
        cells: Height and width of the class activation map that is guided; None for no guidance.
        epoch: The first one; a training that is taken up again draws other numbers.
        share: What to take of each batch; all of it if left out.

    Returns:
        Of (images, labels, weights): float32 (n, h, w, c) from 0 to 255, (n, classes), (n,). With guidance
        labels and weights are pairs: those of the labels, and those of the targets of the map.
    """
    weights = class_weights(pictures.labels, classes, recipe)
    lesioned = pictures.lesioned(classes)
    # Each worker changes its pictures in its own way.
    seed = recipe.seed * 100_000 + epoch * 10 + (share.part * 100_003 if share else 0)
    augment = augmentation(pictures, recipe, seed, masks=cells is not None)
    mix = mixing(recipe, seed)

    def batch(index: Any) -> tuple[Any, Any, Any]:
        labels = tf.one_hot(tf.gather(pictures.labels, index), classes)
        images, masks = augment(index)
        if cells is None:
            images, labels = mix(images, labels)
            return images, labels, tf.linalg.matvec(labels, weights)
        elsewhere = tf.gather(pictures.elsewhere.astype(np.float32), index)
        targets = lesion_targets(masks, labels, elsewhere, lesioned, cells)
        return images, (labels, targets), (tf.linalg.matvec(labels, weights), tf.ones_like(elsewhere))

    order = tf.data.Dataset.range(len(pictures)).shuffle(len(pictures), seed=recipe.seed + epoch)
    endless = order.batch(recipe.batch_size).repeat()
    if share:
        endless = endless.map(share.taken)
    return endless.map(batch, num_parallel_calls=tf.data.AUTOTUNE).prefetch(2)


def class_weights(labels: NDArray[np.int64], classes: int, recipe: Recipe) -> NDArray[np.float32]:
    """Return (classes,) weights of the pictures of each class; 1 where none are asked for."""
    weights = np.ones(classes, np.float32)
    if recipe.class_weights == "balanced":
        from sklearn.utils.class_weight import compute_class_weight

        present = np.unique(labels)
        weights[present] = compute_class_weight("balanced", classes=present, y=labels)
    return weights


def augmentation(pictures: Pictures, recipe: Recipe, seed: int, masks: bool) -> Any:
    """Return what makes of positions augmented images (n, h, w, c), and masks (n, h, w, 1) from 0 to 1."""
    move, tone, vary = (make(recipe, seed) for make in (geometric, photometric, rand_augment))
    images = pictures.images
    channels = images.shape[-1]
    # Channels of a scan are equal: transforming one and repeating it costs a third.
    grey = bool((images == images[..., :1]).all())
    # Tensors, which a graph refers to; it would hold a copy of arrays.
    kept, masked = tf.constant(images[..., :1] if grey else images), tf.constant(pictures.masks[..., None])

    def augmented(index: Any) -> tuple[Any, Any]:
        picked = tf.gather(kept, index)
        if masks:
            picked = tf.concat([picked, tf.gather(masked, index)], -1)
        moved = move(tf.cast(picked, tf.float32))
        toned = tone(moved[..., : kept.shape[-1]])
        return vary(tf.repeat(toned, channels, axis=-1) if grey else toned), moved[..., -1:] / 255

    return augmented

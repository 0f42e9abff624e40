"""Random changes of training pictures, by the layers of keras-cv."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras_cv
import tensorflow as tf

from xaibrain.training.recipe import Recipe

Transform = Callable[[Any], Any]
"""Changes a batch (n, h, w, c) of values from 0 to 255, each picture in its own way."""

_RANGE = (0, 255)


def geometric(recipe: Recipe, seed: int) -> Transform:
    """Return the transforms that move things; what comes in from outside the frame is black.

    They take any number of channels: a mask that is to move with its picture is one more.
    """
    layers = keras_cv.layers
    black = {"fill_mode": "constant", "fill_value": 0.0}
    chosen = []
    if recipe.rotation:
        chosen.append(layers.RandomRotation(recipe.rotation / 360, seed=seed, **black))
    if recipe.zoom:
        chosen.append(layers.RandomZoom((-recipe.zoom, recipe.zoom), seed=seed + 1, **black))
    if recipe.shift:
        chosen.append(layers.RandomTranslation(recipe.shift, recipe.shift, seed=seed + 2, **black))
    if recipe.flip:
        chosen.append(layers.RandomFlip("horizontal", seed=seed + 3))
    return _one_after_another(chosen)


def photometric(recipe: Recipe, seed: int) -> Transform:
    """Return the transforms that change grey values."""
    if not recipe.contrast:
        return _one_after_another([])
    return _one_after_another(
        [
            keras_cv.layers.RandomContrast(_RANGE, recipe.contrast, seed=seed + 4),
            keras_cv.layers.RandomBrightness(recipe.contrast, _RANGE, seed=seed + 5),
        ]
    )


def rand_augment(recipe: Recipe, seed: int) -> Transform:
    """Return RandAugment's changes of grey values and colours, if the recipe has any."""
    if not recipe.rand_augment:
        return _one_after_another([])
    layer = keras_cv.layers.RandAugment(
        _RANGE, 2, magnitude=recipe.rand_augment, geometric=False, seed=seed + 6
    )

    def vary(images: Any) -> Any:
        # It knows pictures in colour alone.
        channels = images.shape[-1]
        return layer(tf.repeat(images, 3 // channels, axis=-1), training=True)[..., :channels]

    return vary


def mixing(recipe: Recipe, seed: int) -> Callable[[Any, Any], tuple[Any, Any]]:
    """Return what mixes the pictures and the labels (n, classes) of a batch; either MixUp or CutMix each."""
    layers = []
    if recipe.mixup:
        layers.append(keras_cv.layers.MixUp(recipe.mixup, seed=seed + 7))
    if recipe.cutmix:
        layers.append(keras_cv.layers.CutMix(recipe.cutmix, seed=seed + 8))

    def mix(images: Any, labels: Any) -> tuple[Any, Any]:
        if not layers:
            return images, labels
        mixed = [layer({"images": images, "labels": labels}, training=True) for layer in layers]
        # Where there are both, a batch is mixed one way or the other, as is usual.
        first = tf.random.uniform(()) < 1 / len(mixed)
        last = mixed[-1]
        return tuple(tf.where(first, mixed[0][key], last[key]) for key in ("images", "labels"))

    return mix


def _one_after_another(layers: Sequence[Any]) -> Transform:
    def transform(images: Any) -> Any:
        for layer in layers:
            images = layer(images, training=True)
        return images

    return transform

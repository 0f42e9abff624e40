"""Fits a Keras classifier to preprocessed pictures: AdamW, warm-up and cosine, augmentation."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from xaibrain.training.recipe import Recipe


def fit(
    network: Any,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    recipe: Recipe,
    callbacks: list[Any],
) -> dict[str, list[float]]:
    """Train a network in place.

    Args:
        network: A Keras classifier with a softmax output and an input of range 0 to 255.
        images: (n, h, w, c) uint8.
        labels: (n,) class indices.
        recipe: Every choice.
        callbacks: Keras callbacks, such as one that shows progress.

    Returns:
        The curves: loss and accuracy of the training pictures, a value an epoch.
    """
    steps = math.ceil(len(images) / recipe.batch_size)
    schedule = keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate / 100,
        decay_steps=max(1, steps * (recipe.epochs - recipe.warmup_epochs)),
        warmup_target=recipe.learning_rate,
        warmup_steps=steps * recipe.warmup_epochs,
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=recipe.weight_decay, global_clipnorm=1.0)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing)
    network.compile(optimizer, loss, metrics=["accuracy"], jit_compile=False)
    data = _batches(images, labels, int(network.output_shape[-1]), recipe)
    history = network.fit(data, epochs=recipe.epochs, shuffle=False, verbose=0, callbacks=callbacks)
    return {name: [float(value) for value in curve] for name, curve in history.history.items()}


def augmentation(recipe: Recipe) -> Any:
    """Return the random transforms of a recipe as one Keras model; pictures from 0 to 255."""
    seeds = iter(range(recipe.seed * 100, recipe.seed * 100 + 100))
    black = {"fill_mode": "constant", "fill_value": 0.0}
    layers = [
        keras.layers.RandomRotation(recipe.rotation / 360, seed=next(seeds), **black),
        keras.layers.RandomZoom((-recipe.zoom, recipe.zoom), seed=next(seeds), **black),
        keras.layers.RandomTranslation(recipe.shift, recipe.shift, seed=next(seeds), **black),
        keras.layers.RandomContrast(recipe.contrast, seed=next(seeds), value_range=(0, 255)),
        keras.layers.RandomBrightness(recipe.contrast, seed=next(seeds), value_range=(0, 255)),
    ]
    if recipe.flip:
        layers.append(keras.layers.RandomFlip("horizontal", seed=next(seeds)))
    return keras.Sequential(layers)


def _batches(images: NDArray[np.uint8], labels: NDArray[np.int64], classes: int, recipe: Recipe) -> Any:
    transform = augmentation(recipe)
    # Channels of a scan are equal: transforming one and repeating it costs a third.
    grey = bool((images == images[..., :1]).all())
    channels = images.shape[-1]

    def augmented(batch: Any, one_hot: Any) -> tuple[Any, Any]:
        batch = transform(tf.cast(batch, tf.float32), training=True)
        return (tf.repeat(batch, channels, axis=-1) if grey else batch), one_hot

    data = tf.data.Dataset.from_tensor_slices(
        (images[..., :1] if grey else images, np.eye(classes, dtype=np.float32)[labels])
    )
    data = data.shuffle(len(images), seed=recipe.seed).batch(recipe.batch_size)
    return data.map(augmented, num_parallel_calls=tf.data.AUTOTUNE).prefetch(2)

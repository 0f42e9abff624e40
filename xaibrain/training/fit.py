"""Fits a Keras classifier to preprocessed pictures: AdamW, warm-up and cosine, augmentation, guidance."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from xaibrain.training.guidance import EnergyLoss, lesion_targets, with_local_scores
from xaibrain.training.prepared import Pictures
from xaibrain.training.recipe import Recipe

_CURVES = {"accuracy": "accuracy", "loss": "loss", "local_scores_loss": "energy_loss"}
"""What Keras calls a curve, less the name of the output, to what the card calls it."""


def fit(
    network: Any, pictures: Pictures, lesioned: NDArray[np.bool_], recipe: Recipe, callbacks: list[Any]
) -> dict[str, list[float]]:
    """Train a network in place.

    Args:
        network: A Keras classifier with a softmax output and an input of range 0 to 255.
        pictures: What to train on.
        lesioned: (classes,) whether pictures of a class show a lesion; read where there is guidance.
        recipe: Every choice.
        callbacks: Keras callbacks, such as one that shows progress.

    Returns:
        The curves: loss and accuracy of the training pictures, a value an epoch.

    Raises:
        ModelError: There is guidance, and the network has no class activation map.
    """
    trained = with_local_scores(network) if recipe.guidance else network
    smoothed = keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing)
    if recipe.guidance:
        trained.compile(
            _optimizer(recipe, _steps(pictures, recipe)),
            [smoothed, EnergyLoss(recipe.focus)],
            loss_weights=[1.0, recipe.guidance],
            metrics=[["accuracy"], []],
            jit_compile=False,
        )
        cells = tuple(trained.outputs[1].shape[1:3])
    else:
        trained.compile(
            _optimizer(recipe, _steps(pictures, recipe)), smoothed, metrics=["accuracy"], jit_compile=False
        )
        cells = None
    data = _batches(pictures, lesioned, cells, recipe)
    history = trained.fit(data, epochs=recipe.epochs, shuffle=False, verbose=0, callbacks=callbacks)
    return {
        _CURVES.get(name.removeprefix(f"{network.layers[-1].name}_"), name): [float(x) for x in curve]
        for name, curve in history.history.items()
    }


def _steps(pictures: Pictures, recipe: Recipe) -> int:
    return math.ceil(len(pictures) / recipe.batch_size)


def _optimizer(recipe: Recipe, steps: int) -> Any:
    schedule = keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate / 100,
        decay_steps=max(1, steps * (recipe.epochs - recipe.warmup_epochs)),
        warmup_target=recipe.learning_rate,
        warmup_steps=steps * recipe.warmup_epochs,
    )
    optimizer = keras.optimizers.AdamW(
        schedule,
        weight_decay=recipe.weight_decay,
        global_clipnorm=1.0,
        use_ema=recipe.average > 0,
        ema_momentum=recipe.average or 0.99,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def geometric(recipe: Recipe) -> Any:
    """Return the random transforms of a recipe that move things, as one Keras model."""
    seeds = iter(range(recipe.seed * 100, recipe.seed * 100 + 50))
    black = {"fill_mode": "constant", "fill_value": 0.0}
    layers = [
        keras.layers.RandomRotation(recipe.rotation / 360, seed=next(seeds), **black),
        keras.layers.RandomZoom((-recipe.zoom, recipe.zoom), seed=next(seeds), **black),
        keras.layers.RandomTranslation(recipe.shift, recipe.shift, seed=next(seeds), **black),
    ]
    if recipe.flip:
        layers.append(keras.layers.RandomFlip("horizontal", seed=next(seeds)))
    return keras.Sequential(layers)


def photometric(recipe: Recipe) -> Any:
    """Return the random transforms of a recipe that change grey values from 0 to 255."""
    seeds = iter(range(recipe.seed * 100 + 50, recipe.seed * 100 + 100))
    return keras.Sequential(
        [
            keras.layers.RandomContrast(recipe.contrast, seed=next(seeds), value_range=(0, 255)),
            keras.layers.RandomBrightness(recipe.contrast, seed=next(seeds), value_range=(0, 255)),
        ]
    )


def _batches(
    pictures: Pictures, lesioned: NDArray[np.bool_], cells: tuple[int, int] | None, recipe: Recipe
) -> Any:
    move, tone = geometric(recipe), photometric(recipe)
    images = pictures.images
    # Channels of a scan are equal: transforming one and repeating it costs a third.
    grey = bool((images == images[..., :1]).all())
    channels = images.shape[-1]
    kept = images[..., :1] if grey else images
    one_hot = np.eye(len(lesioned), dtype=np.float32)[pictures.labels]

    def augmented(batch: Any, one_hot: Any, masks: Any, elsewhere: Any) -> tuple[Any, Any]:
        # A lesion moves with its picture: the mask is one more channel.
        both = tf.cast(tf.concat([batch, masks], -1) if cells else batch, tf.float32)
        moved = move(both, training=True)
        batch = tone(moved[..., : kept.shape[-1]], training=True)
        batch = tf.repeat(batch, channels, axis=-1) if grey else batch
        if cells is None:
            return batch, one_hot
        return batch, (one_hot, lesion_targets(moved[..., -1:] / 255, one_hot, elsewhere, lesioned, cells))

    data = tf.data.Dataset.from_tensor_slices(
        (kept, one_hot, pictures.masks[..., None], pictures.elsewhere.astype(np.float32))
    )
    data = data.shuffle(len(images), seed=recipe.seed).batch(recipe.batch_size)
    return data.map(augmented, num_parallel_calls=tf.data.AUTOTUNE).prefetch(2)

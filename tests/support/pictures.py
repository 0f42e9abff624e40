"""Small training material whose answer is known."""

import keras
import numpy as np

from xaibrain.training.prepared import Pictures
from xaibrain.training.recipe import Recipe

STILL = {"shift": 0.0, "zoom": 0.0, "rotation": 0.0, "contrast": 0.0, "flip": False}
"""A recipe's settings for no augmentation."""


def small_network(classes=2, channels=1, dropout=0.0):
    """A convolution, batch normalisation, pooling and a dense layer."""
    inputs = keras.layers.Input((16, 16, channels))
    features = keras.layers.Rescaling(1 / 255)(inputs)
    features = keras.layers.Conv2D(6, 3, padding="same", name="body")(features)
    features = keras.layers.BatchNormalization(name="norm")(features)
    features = keras.layers.Activation("relu")(features)
    pooled = keras.layers.GlobalAveragePooling2D()(features)
    pooled = keras.layers.Dropout(dropout)(pooled)
    return keras.Model(inputs, keras.layers.Dense(classes, activation="softmax", name="head")(pooled))


def bright_and_dark(count=64, seed=0):
    """Pictures of class 1 have a bright spot, those of class 0 none; the mask is on the spot."""
    rng = np.random.default_rng(seed)
    images = rng.uniform(0, 60, (count, 16, 16, 1))
    masks = np.zeros((count, 16, 16), np.uint8)
    labels = np.arange(count) % 2
    for index in np.flatnonzero(labels):
        row, column = rng.integers(0, 11, 2)
        images[index, row : row + 5, column : column + 5] = 230
        masks[index, row : row + 5, column : column + 5] = 255
    return Pictures(images.astype(np.uint8), labels, masks, labels == 0)


def quick(**choices):
    """A recipe for these."""
    return Recipe(**{"epochs": 3, "warmup_epochs": 0, "batch_size": 16, "learning_rate": 0.02, **choices})

"""The smallest network that has all that explainers ask about: for trying methods that work on Keras."""

from __future__ import annotations

import keras

from xaibrain.core.model import Model
from xaibrain.keras.wrapping import wrap

_CLASSES = ("first", "second", "third")


def tiny(side: int = 16) -> Model:
    """Return two convolutions with ReLU, pooling and a softmax over three classes; the same at each call.

    Args:
        side: Height and width of its RGB input, 0 to 255.
    """
    weights = (keras.initializers.GlorotNormal(seed=seed) for seed in range(3))
    inputs = keras.Input((side, side, 3))
    x = keras.layers.Rescaling(1 / 255)(inputs)
    for name in ("first", "second"):
        x = keras.layers.Conv2D(
            4, 3, activation="relu", padding="same", kernel_initializer=next(weights),
            bias_initializer=keras.initializers.Constant(0.1), name=name,
        )(x)  # fmt: skip
    x = keras.layers.GlobalAveragePooling2D()(x)
    outputs = keras.layers.Dense(
        len(_CLASSES), activation="softmax", kernel_initializer=next(weights), name="scores"
    )(x)
    return wrap(keras.Model(inputs, outputs, name="tiny"), _CLASSES)

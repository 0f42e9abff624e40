"""What the tests of the methods of a layer share."""

from functools import cache

import keras
import networks
import numpy as np
from fakes import FakeModel
from keras import layers

from xaibrain import load_explainer, wrap


def maps_of(name, activations, gradients):
    images = np.zeros((len(activations), 4, 4, 1), np.float32)
    model = FakeModel(activations, gradients)
    return load_explainer(name).explain(model, images, np.zeros(len(activations), np.int64))


def close(found, wanted, tolerance=1e-5):
    assert found.dtype == np.float32
    return np.abs(found - wanted).max() <= tolerance * np.abs(wanted).max() + 1e-30


def bilinear(channel, rows, columns):
    """Half-pixel centres, place by place, in float64."""
    large = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            y = min(max((i + 0.5) * channel.shape[0] / rows - 0.5, 0), channel.shape[0] - 1)
            x = min(max((j + 0.5) * channel.shape[1] / columns - 0.5, 0), channel.shape[1] - 1)
            top, left = int(y), int(x)
            below, right = min(top + 1, channel.shape[0] - 1), min(left + 1, channel.shape[1] - 1)
            large[i, j] = (
                channel[top, left] * (1 - y + top) * (1 - x + left)
                + channel[below, left] * (y - top) * (1 - x + left)
                + channel[top, right] * (1 - y + top) * (x - left)
                + channel[below, right] * (y - top) * (x - left)
            )
    return large


@cache
def pooled():
    """Global average pooling and one dense layer: Grad-CAM has a closed form."""
    inputs = networks.picture_input()
    x = networks.body(layers.Rescaling(1 / 127.5, offset=-1)(inputs))
    outputs = layers.Dense(3, activation="softmax", name="scores")(layers.GlobalAveragePooling2D()(x))
    return wrap(networks.shaken(keras.Model(inputs, outputs)))

"""Tiny Keras models of every family that users bring: 16 × 16 pictures, 0 to 255, a few channels."""

from functools import cache

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from xaibrain import wrap

SIDE = 16
CLASSES = 3


def pictures(count=3, channels=3, seed=0):
    """A batch in the models' own range; each picture differs from the others."""
    return np.random.default_rng(seed).uniform(0, 255, (count, SIDE, SIDE, channels)).astype(np.float32)


def shaken(network, seed=0):
    """Give every weight a value of its own, so that no gradient is zero by an initialiser's grace."""
    draw = np.random.default_rng(seed)
    for variable in network.weights:
        shape = tuple(variable.shape)
        if "variance" in variable.path:
            variable.assign(draw.uniform(0.5, 1.5, shape))
        else:
            width = 1 / np.sqrt(max(1, np.prod(shape[:-1]))) if len(shape) > 1 else 0.1
            variable.assign(draw.normal(0, width, shape))
    return network


def body(x, tag=""):
    x = layers.Conv2D(4, 3, activation="swish", name=f"conv1{tag}")(x)
    x = layers.BatchNormalization(name=f"norm{tag}")(x)
    return layers.Conv2D(5, 3, strides=2, activation="swish", name=f"conv2{tag}")(x)


def top(x, units=CLASSES, activation="softmax"):
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = layers.Dense(6, activation="tanh", name="hidden")(x)
    return layers.Dense(units, activation=activation, name="scores")(x)


def picture_input(channels=3):
    return layers.Input((SIDE, SIDE, channels))


def functional(units=CLASSES, activation="softmax", channels=3):
    inputs = picture_input(channels)
    x = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    return keras.Model(inputs, top(body(x), units, activation), name="functional")


def named_ends():
    inputs = layers.Input((SIDE, SIDE, 3), name="picture")
    outputs = top(body(layers.Rescaling(1 / 255)(inputs)))
    return keras.Model({"picture": inputs}, {"diagnosis": outputs}, name="named_ends")


def listed_ends():
    inputs = picture_input()
    return keras.Model([inputs], [top(body(layers.Rescaling(1 / 255)(inputs)))], name="listed_ends")


def _stack():
    return [
        layers.Rescaling(1 / 255),
        layers.Conv2D(4, 3, activation="swish", name="conv1"),
        layers.MaxPooling2D(name="shrink"),
        layers.Conv2D(5, 3, activation="swish", name="conv2"),
        layers.Flatten(),
        layers.Dense(CLASSES, activation="softmax", name="scores"),
    ]


def sequential():
    return keras.Sequential([picture_input(), *_stack()], name="sequential")


def uncalled():
    """Without Input and never called: it has neither layers' weights nor a shape yet."""
    return keras.Sequential(_stack(), name="uncalled")


class Subclassed(keras.Model):
    """No `training` argument, TensorFlow operations among the layers."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.first = layers.Conv2D(4, 3, name="first")
        self.second = layers.Conv2D(5, 3, name="second")
        self.scores = layers.Dense(CLASSES, activation="softmax", name="scores")

    def features(self, x):
        x = tf.nn.relu(self.first(x / 255.0))
        return tf.nn.silu(self.second(x))

    def call(self, x):
        return self.scores(tf.reduce_mean(self.features(x), axis=(1, 2)))


class Trained(Subclassed):
    """Takes `training`, and would answer at random were it true."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.drop = layers.Dropout(0.5)

    def call(self, x, training=None):
        x = self.features(x)
        if training:
            x = x + tf.random.normal(tf.shape(x))
        return self.scores(tf.reduce_mean(self.drop(x, training=training), axis=(1, 2)))


class CompiledItself(Subclassed):
    """Its `call` is a compiled function already."""

    @tf.function
    def call(self, x):
        return self.scores(tf.reduce_mean(self.features(x), axis=(1, 2)))


def backbone(name="backbone"):
    inputs = picture_input()
    x = layers.Rescaling(1 / 255, name="rescale")(inputs)
    return keras.Model(inputs, body(x), name=name)


def nested():
    inputs = picture_input()
    return keras.Model(inputs, top(backbone()(inputs)), name="nested")


def nested_twice():
    middle_in = picture_input()
    middle_out = layers.Conv2D(4, 1, activation="tanh", name="squash")(backbone()(middle_in))
    middle = keras.Model(middle_in, middle_out, name="middle")
    inputs = picture_input()
    return keras.Model(inputs, top(middle(inputs)), name="nested_twice")


def shared():
    """One sub-model sees the picture and its mirror image."""
    inputs = picture_input()
    eye = backbone("eye")
    both = layers.Add(name="both")([eye(inputs), eye(inputs[:, :, ::-1])])
    return keras.Model(inputs, top(both), name="shared")


def residual():
    """The chosen layer `inside` has a way around it."""
    inputs = picture_input()
    small = layers.Rescaling(1 / 255)(inputs)
    x = layers.Conv2D(4, 3, padding="same", activation="swish", name="before")(small)
    y = layers.Conv2D(4, 3, padding="same", activation="tanh", name="inside")(x)
    x = layers.Add(name="join")([x, y])
    x = layers.Conv2D(5, 3, activation="swish", name="after")(x)
    return keras.Model(inputs, top(x), name="residual")


def separate_softmax():
    inputs = picture_input()
    x = top(body(layers.Rescaling(1 / 255)(inputs)), activation=None)
    return keras.Model(inputs, layers.Softmax()(x), name="separate_softmax")


def separate_activation():
    inputs = picture_input()
    x = top(body(layers.Rescaling(1 / 255)(inputs)), activation=None)
    return keras.Model(inputs, layers.Activation("softmax", dtype="float32")(x), name="separate_activation")


def flattened_softmax():
    """A convolution makes the scores, and they are flattened after the softmax."""
    inputs = picture_input()
    x = layers.GlobalAveragePooling2D(keepdims=True)(body(layers.Rescaling(1 / 255)(inputs)))
    x = layers.Conv2D(CLASSES, 1, activation="softmax")(x)
    return keras.Model(inputs, layers.Flatten()(x), name="flattened_softmax")


def one_unit():
    return functional(1, "sigmoid")


def one_unit_separate():
    inputs = picture_input()
    x = top(body(layers.Rescaling(1 / 255)(inputs)), 1, None)
    return keras.Model(inputs, layers.Activation("sigmoid")(x), name="one_unit_separate")


def many_labels():
    return functional(CLASSES, "sigmoid")


def linear():
    return functional(CLASSES, None)


def by_hand():
    """A softmax that no one recognises."""
    inputs = picture_input()
    x = top(body(layers.Rescaling(1 / 255)(inputs)), activation=None)
    odds = keras.ops.exp(x)
    return keras.Model(inputs, odds / keras.ops.sum(odds, axis=1, keepdims=True), name="by_hand")


def sigmoid_by_hand():
    inputs = picture_input()
    x = top(body(layers.Rescaling(1 / 255)(inputs)), 1, None)
    return keras.Model(inputs, 1 / (1 + keras.ops.exp(-x)), name="sigmoid_by_hand")


def _with_policy(policy, build):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        return build()
    finally:
        keras.config.set_dtype_policy(before)


def float16():
    return _with_policy("mixed_float16", functional)


def bfloat16():
    return _with_policy("mixed_bfloat16", functional)


def noisy():
    """Whatever acts in training only, in one model."""
    inputs = picture_input()
    x = layers.RandomFlip()(inputs)
    x = layers.RandomRotation(0.2)(x)
    x = layers.RandomContrast(0.3)(x)
    x = layers.GaussianNoise(0.9)(layers.Rescaling(1 / 255)(x))
    x = layers.SpatialDropout2D(0.4)(body(x))
    x = layers.Dropout(0.5)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, layers.Dense(CLASSES, activation="softmax")(x), name="noisy")


def regularised():
    """Layers that add a loss to themselves whenever they are called."""
    inputs = picture_input()
    x = layers.Conv2D(4, 3, activation="swish", activity_regularizer="l2")(layers.Rescaling(1 / 255)(inputs))
    return keras.Model(inputs, top(x), name="regularised")


def any_size():
    inputs = layers.Input((None, None, 3))
    return keras.Model(inputs, top(body(layers.Rescaling(1 / 255)(inputs))), name="any_size")


def grey():
    return functional(channels=1)


def perceptron():
    return keras.Sequential(
        [
            picture_input(),
            layers.Rescaling(1 / 255),
            layers.Flatten(),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )


FAMILIES = {
    build.__name__: build
    for build in (
        functional, named_ends, listed_ends, sequential, uncalled, Subclassed, Trained, CompiledItself,
        nested, nested_twice, shared, residual, separate_softmax, separate_activation, flattened_softmax,
        one_unit, one_unit_separate, many_labels, linear, by_hand, sigmoid_by_hand, float16, bfloat16, noisy,
        regularised, any_size, grey,
    )
}  # fmt: skip
"""Every family that can be explained."""

WITHOUT_WEIGHTS = ("uncalled", "Subclassed", "Trained", "CompiledItself")
SIZELESS = (*WITHOUT_WEIGHTS, "any_size")
"""Those that do not say how large their pictures are."""


def made(name):
    """A model of a family, with weights of its own unless it has none before it is called."""
    network = FAMILIES[name]()
    return network if name in WITHOUT_WEIGHTS else shaken(network)


@cache
def wrapped(name):
    """The family's model as xaibrain sees it; one for the whole test session."""
    model = wrap(made(name), size=SIDE if name in SIZELESS else None)
    if name in WITHOUT_WEIGHTS:
        shaken(model.network)
    return model


def taken(name, count=3, seed=0):
    """Pictures that the family takes."""
    return pictures(count, 1 if name == "grey" else 3, seed)

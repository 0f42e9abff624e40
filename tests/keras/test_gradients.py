"""Gradients equal those of a slow, independent way: an eager tape over a model rebuilt for the purpose."""

import keras
import networks
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from networks import pictures, wrapped

from xaibrain import wrap

TARGETS = np.array([2, 0, 1])


def from_pool(network, maps):
    """The logits that a network's top makes of its last maps."""
    hidden = network.get_layer("hidden")(network.get_layer("pool")(maps))
    scores = network.get_layer("scores")
    return hidden @ scores.kernel + scores.bias


def flat(network, layer):
    """The slow twin for a model without nesting: rebuilt with two outputs, eager tape."""
    hidden = network.get_layer("hidden").output
    both = keras.Model(network.input, [network.get_layer(layer).output, hidden])
    scores = network.get_layer("scores")
    with tf.GradientTape() as tape:
        maps, features = both(pictures(), training=False)
        score = tf.gather(features @ scores.kernel + scores.bias, TARGETS, batch_dims=1)
    return maps.numpy(), tape.gradient(score, maps).numpy()


def close(found, wanted):
    for one, other in zip(found, wanted, strict=True):
        assert np.abs(other).max() > 1e-6
        assert np.allclose(one, other, rtol=1e-4, atol=1e-5 * np.abs(other).max())


@pytest.mark.parametrize("layer", ["conv1", "norm", "conv2"])
def test_functional(layer):
    model = wrapped("functional")
    found = model.activations_and_gradients(pictures(), TARGETS, layer)
    close(found, flat(model.network, layer))


@pytest.mark.parametrize("layer", ["before", "inside", "join", "after"])
def test_residual_with_a_way_around_the_layer(layer):
    model = wrapped("residual")
    close(model.activations_and_gradients(pictures(), TARGETS, layer), flat(model.network, layer))


@pytest.mark.parametrize("layer", ["conv1", "norm", "conv2"])
def test_nested(layer):
    model = wrapped("nested")
    backbone = model.network.get_layer("backbone")
    both = keras.Model(backbone.input, [backbone.get_layer(layer).output, backbone.output])
    with tf.GradientTape() as tape:
        maps, last = both(pictures(), training=False)
        # For the last layer, the two outputs are one value under two names.
        logits = from_pool(model.network, maps if layer == "conv2" else last)
        score = tf.gather(logits, TARGETS, batch_dims=1)
    found = model.activations_and_gradients(pictures(), TARGETS, f"backbone/{layer}")
    close(found, (maps, tape.gradient(score, maps)))


def test_nested_two_deep():
    model = wrapped("nested_twice")
    middle = model.network.get_layer("middle")
    backbone = middle.get_layer("backbone")
    both = keras.Model(backbone.input, [backbone.get_layer("norm").output, backbone.output])
    with tf.GradientTape() as tape:
        maps, last = both(pictures(), training=False)
        score = tf.gather(from_pool(model.network, middle.get_layer("squash")(last)), TARGETS, batch_dims=1)
    found = model.activations_and_gradients(pictures(), TARGETS, "middle/backbone/norm")
    close(found, (maps, tape.gradient(score, maps)))


@pytest.mark.parametrize("call", [0, 1])
def test_each_call_of_a_shared_model(call):
    model = wrapped("shared")
    eye = model.network.get_layer("eye")
    both = keras.Model(eye.input, [eye.get_layer("conv1").output, eye.output])
    with tf.GradientTape() as tape:
        seen = [both(x, training=False) for x in (pictures(), pictures()[:, :, ::-1])]
        maps, outs = zip(*seen, strict=True)
        score = tf.gather(from_pool(model.network, outs[0] + outs[1]), TARGETS, batch_dims=1)
    found = model.activations_and_gradients(pictures(), TARGETS, ["eye/conv1", "eye/conv1@2"][call])
    close(found, (maps[call], tape.gradient(score, maps[call])))


@pytest.mark.parametrize("name", ["Subclassed", "CompiledItself"])
def test_subclassed(name):
    model = wrapped(name)
    network = model.network
    with tf.GradientTape() as tape:
        maps = network.first(pictures() / 255)
        features = tf.reduce_mean(tf.nn.silu(network.second(tf.nn.relu(maps))), axis=(1, 2))
        score = tf.gather(features @ network.scores.kernel + network.scores.bias, TARGETS, batch_dims=1)
    found = model.activations_and_gradients(pictures(), TARGETS, "first")
    close(found, (maps, tape.gradient(score, maps)))


@pytest.mark.parametrize("name", ["functional", "nested", "residual", "one_unit", "many_labels"])
def test_input_gradients(name):
    model = wrapped(name)
    network, images = model.network, tf.constant(pictures())
    targets = np.array([1, 0, 1])
    with tf.GradientTape() as tape:
        tape.watch(images)
        p = network(images, training=False)
        # Logits from probabilities, which are far from 0 and 1 here.
        logits = tf.math.log(p)
        if name in ("one_unit", "many_labels"):
            logits = tf.math.log(p / (1 - p))
        if name == "one_unit":
            logits = tf.concat([-logits, logits], axis=1)
        score = tf.gather(logits, targets, batch_dims=1)
    wanted = tape.gradient(score, images).numpy()
    found = model.input_gradients(pictures(), targets)
    if name in ("one_unit", "many_labels"):
        close([found], [wanted])
    else:
        # The logarithm of a softmax is the logit less a term common to all classes.
        rest = [model.input_gradients(pictures(), np.full(3, index)) for index in range(3)]
        weights = p.numpy().T[..., None, None, None]
        close([found - (weights * rest).sum(axis=0)], [wanted])


@pytest.mark.parametrize("name", ["nested", "Subclassed", "many_labels", "linear", "one_unit"])
def test_the_gradient_of_one_class_against_another_is_the_difference_of_theirs(name):
    model, images = wrapped(name), pictures()
    first, second = np.array([0, 1, 1]), np.array([1, 0, 0])
    pairs = np.stack([first, second], axis=1)
    wanted = model.input_gradients(images, first) - model.input_gradients(images, second)
    close([model.input_gradients(images, pairs)], [wanted])
    slopes = [model.activations_and_gradients(images, one, "auto")[1] for one in (first, second, pairs)]
    close([slopes[2]], [slopes[0] - slopes[1]])
    if name == "one_unit":
        close([slopes[2]], [2 * slopes[0]])


@pytest.mark.parametrize(
    ("name", "layer"),
    [("functional", "conv2"), ("nested_twice", "norm"), ("residual", "inside"), ("shared", "eye/conv1@2"),
     ("CompiledItself", "first"), ("float16", "conv2"), ("any_size", "conv1"), ("one_unit", "auto")],
)  # fmt: skip
def test_scores_from_a_layers_own_output_are_the_models(name, layer):
    model, images = wrapped(name), pictures()
    activations = model.activations(images, layer)
    tolerance = 1e-2 if name == "float16" else 1e-5
    assert np.allclose(model.logits_from(images, activations, layer), model.logits(images), atol=tolerance)


def test_scores_from_several_variants_of_each_picture():
    """The layer `inside` has a way around it, so each variant must meet its own picture."""
    model, images = wrapped("residual"), pictures()
    activations = model.activations(images, "inside")
    variants = np.stack([activations, activations * 0], axis=1).reshape(6, *activations.shape[1:])
    logits = model.logits_from(images, variants, "inside").reshape(3, 2, -1)
    assert np.allclose(logits[:, 0], model.logits(images), atol=1e-5)
    for index in range(3):
        alone = model.logits_from(images[index : index + 1], activations[:1] * 0, "inside")
        assert np.allclose(logits[index, 1], alone[0], atol=1e-5)
    assert np.abs(logits[:, 0] - logits[:, 1]).max() > 1e-3


def test_scores_from_changed_activations_by_hand():
    model, images = wrapped("functional"), pictures()
    changed = model.activations(images, "conv2") * 0.5 + 1
    hidden = from_pool(model.network, tf.constant(changed))
    assert np.allclose(model.logits_from(images, changed, "conv2"), hidden, atol=1e-5)


def test_finite_differences_in_float64():
    """score = w · mean(tanh(conv(x))): moved by a hair, the score changes as the gradient says."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    try:
        inputs = layers.Input((4, 4, 1))
        maps = layers.Conv2D(2, 2, activation="tanh", name="maps")(inputs)
        outputs = layers.Dense(2, activation="softmax")(layers.GlobalAveragePooling2D()(maps))
        network = networks.shaken(keras.Model(inputs, outputs))
    finally:
        keras.config.set_dtype_policy(before)
    kernel, bias, weights, offsets = (np.asarray(v, np.float64) for v in network.weights)

    def score(x, target):
        total = np.zeros(2)
        for row in range(3):
            for column in range(3):
                patch = x[row : row + 2, column : column + 2, 0]
                total += np.tanh((patch[..., None] * kernel[:, :, 0]).sum(axis=(0, 1)) + bias)
        return (total / 9 @ weights + offsets)[target]

    x = np.random.default_rng(1).uniform(-1, 1, (4, 4, 1))
    step = 1e-5
    slopes = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        moved = np.zeros_like(x)
        moved[place] = step
        slopes[place] = (score(x + moved, 1) - score(x - moved, 1)) / (2 * step)
    model = wrap(network, value_range=(-1, 1))
    found = model.input_gradients(x[None].astype(np.float32), np.array([1]))[0]
    assert np.allclose(found, slopes, rtol=1e-5, atol=1e-7)
    at_maps = model.activations_and_gradients(x[None].astype(np.float32), np.array([1]), "maps")[1]
    assert np.allclose(at_maps[0], np.broadcast_to(weights[:, 1] / 9, (3, 3, 2)), rtol=1e-6)


def test_a_gradient_of_what_the_score_does_not_depend_on_is_zero():
    inputs = networks.picture_input()
    x = networks.body(inputs / 255)
    blocked = keras.layers.Lambda(tf.stop_gradient, output_shape=(6, 6, 5))(x)
    model = wrap(networks.shaken(keras.Model(inputs, networks.top(blocked))))
    assert (model.activations_and_gradients(pictures(), TARGETS, "conv1")[1] == 0).all()

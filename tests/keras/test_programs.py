"""The network runs as little as it can, and what is remembered is never stale."""

from concurrent.futures import ThreadPoolExecutor

import keras
import networks
import numpy as np
import pytest
import tensorflow as tf
from networks import made, pictures

from xaibrain import wrap
from xaibrain.keras.taps import tapped

TARGETS = np.array([0, 1, 2])


@keras.saving.register_keras_serializable("tests")
class Counter(keras.layers.Layer):
    """Counts how often it is run. Its operation is stateless, so that TensorFlow may leave it out."""

    runs = 0

    def call(self, x):
        def count(values):
            Counter.runs += 1
            return values

        counted = tf.numpy_function(count, [x], x.dtype, stateful=False)
        return x + tf.stop_gradient(tf.ensure_shape(counted, x.shape) - x)


@pytest.fixture
def counted():
    """conv1, a counter, conv2, pooled and scored."""
    inputs = networks.picture_input()
    x = keras.layers.Conv2D(4, 3, activation="swish", name="conv1")(keras.layers.Rescaling(1 / 255)(inputs))
    x = keras.layers.Conv2D(5, 3, name="conv2")(Counter(name="counter")(x))
    model = wrap(networks.shaken(keras.Model(inputs, networks.top(x))))
    model.choose_layer("auto")
    Counter.runs = 0
    return model


def frozen(images):
    images.flags.writeable = False
    return images


def test_the_gradient_runs_nothing_below_the_layer(counted):
    counted.activations_and_gradients(pictures(), TARGETS, "conv2")
    assert Counter.runs == 1, "once for the activations, never for the gradient"


def test_the_counter_counts_where_it_lies_above_the_layer(counted):
    counted.activations_and_gradients(pictures(), TARGETS, "conv1")
    assert Counter.runs == 2


def test_a_frozen_batch_is_run_once(counted):
    images = frozen(pictures())
    logits = counted.logits(images)
    activations = counted.activations(images, "conv2")
    for target in range(3):
        again, _ = counted.activations_and_gradients(images, np.full(3, target), "auto")
        assert (again == activations).all()
    assert Counter.runs == 1
    assert np.allclose(logits, counted.logits(pictures()), atol=1e-6)
    assert Counter.runs == 2


def test_the_last_frozen_batch_is_remembered_at_several_layers_and_no_other(counted):
    one, other = (frozen(pictures(3) + index) for index in range(2))
    first, deep = (counted.activations(one, layer) for layer in ("conv1", "conv2"))
    assert Counter.runs == 2
    assert counted.activations(one, "conv1") is first
    assert counted.activations_and_gradients(one, TARGETS, "conv2")[0] is deep
    assert Counter.runs == 2
    counted.activations(other, "conv2")
    assert (counted.activations(one, "conv2") == deep).all()
    assert Counter.runs == 4


def test_a_gradient_of_a_frozen_batch_is_remembered_for_its_target_alone():
    model, images = networks.wrapped("functional"), frozen(pictures())
    first = model.activations_and_gradients(images, TARGETS, "conv2")[1]
    assert model.activations_and_gradients(images, TARGETS, "conv2")[1] is first
    for other in (TARGETS[::-1], np.stack([TARGETS, TARGETS[::-1]], axis=1)):
        found = model.activations_and_gradients(images, other, "conv2")[1]
        assert np.allclose(found, model.activations_and_gradients(pictures(), other, "conv2")[1], atol=1e-7)
        assert np.abs(found - first).max() > 1e-5
    assert model.activations_and_gradients(images, TARGETS, "conv1")[1].shape != first.shape


def test_another_frozen_batch_is_run(counted):
    first, second = (counted.logits(frozen(pictures(seed=seed))) for seed in (0, 1))
    assert Counter.runs == 2
    assert np.abs(first - second).max() > 1e-4


def test_a_batch_changed_in_place_is_run_again(counted):
    images = pictures()
    first = counted.activations(images, "conv2").copy()
    images[:] = pictures(seed=1)
    assert np.abs(counted.activations(images, "conv2") - first).max() > 1e-3


def test_a_batch_thawed_and_changed_is_run_again(counted):
    images = frozen(pictures())
    first = counted.activations(images, "conv2").copy()
    images.flags.writeable = True
    images[:] = pictures(seed=1)
    assert np.abs(counted.activations(images, "conv2") - first).max() > 1e-3


def test_a_read_only_view_is_not_frozen(counted):
    owner = pictures()
    view = frozen(owner[:])
    first = counted.activations(view, "conv2").copy()
    owner[:] = pictures(seed=1)
    assert np.abs(counted.activations(view, "conv2") - first).max() > 1e-3


def test_what_is_remembered_cannot_be_written_to(counted):
    images = frozen(pictures())
    for answer in (counted.activations(images, "conv2"), counted.logits(images)):
        with pytest.raises(ValueError, match="read-only"):
            answer[:] = 0


def test_the_layers_of_one_frozen_batch_do_not_mix(counted):
    images = frozen(pictures())
    both = [counted.activations(images, layer) for layer in ("conv1", "conv2", "conv1")]
    assert (both[0] == both[2]).all()
    assert both[0].shape[-1] == 4
    assert both[1].shape[-1] == 5


def test_answers_follow_the_weights():
    model = wrap(made("functional"))
    before = model.logits(pictures())
    networks.shaken(model.network, seed=5)
    after = model.logits(pictures())
    assert np.abs(after - before).max() > 1e-3
    assert np.allclose(after, wrap(model.network).logits(pictures()), atol=1e-6)


def test_float64_lists_and_int32_are_taken(counted):
    wanted = counted.activations_and_gradients(pictures(), TARGETS, "conv2")
    found = counted.activations_and_gradients(pictures().astype(np.float64), [0, 1, 2], "conv2")
    for one, other in zip(found, wanted, strict=True):
        assert one.dtype == np.float32
        assert np.allclose(one, other, atol=1e-6)


def test_batches_of_any_size_share_their_programs(counted):
    functions = counted.programs.functions
    for count in (3, 1, 5, 2, 8, 4, 7, 1):
        counted.activations_and_gradients(pictures(count), np.zeros(count, int), "conv2")
        counted.input_gradients(pictures(count), np.zeros(count, int))
        counted.logits_from(pictures(count), counted.activations(pictures(count), "conv2"), "conv2")
        counted.logits(pictures(count))
    every = (*functions.of_layer("conv2"), functions.scores, functions.input_gradient)
    for function in every:
        assert function.experimental_get_tracing_count() <= 2, "memory would grow with every new size"


def test_threads_do_not_see_each_others_taps():
    model, images, targets = networks.wrapped("nested_twice"), pictures(), np.array([0, 1, 2])
    layers = [call.path for call in model.survey.calls][1:]
    wanted = [model.activations_and_gradients(images, targets, layer) for layer in layers]
    fresh = wrap(model.network)

    def ask(layer):
        return fresh.activations_and_gradients(images, targets, layer)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ask, layers * 2))
    for one, other in zip(found, wanted * 2, strict=True):
        assert np.allclose(one[0], other[0], atol=1e-5)
        assert np.allclose(one[1], other[1], atol=1e-6)


def test_a_tap_is_not_felt_by_other_threads():
    network = made("functional")
    wanted = network(pictures(), training=False)
    layer = network.get_layer("conv1")
    with tapped({layer: lambda run: run() * 0}), ThreadPoolExecutor(1) as pool:
        elsewhere = pool.submit(lambda: network(pictures(), training=False)).result()
        assert np.abs(network(pictures(), training=False) - wanted).max() > 1e-4
    assert (np.asarray(elsewhere) == np.asarray(wanted)).all()


def test_more_layers_than_are_kept_compiled():
    inputs = networks.picture_input()
    x = inputs
    for index in range(10):
        x = keras.layers.Conv2D(2, 1, name=f"conv{index}")(x)
    model = wrap(networks.shaken(keras.Model(inputs, networks.top(x))))
    first = model.activations(pictures(), "conv0")
    for index in range(1, 10):
        assert model.activations(pictures(), f"conv{index}").shape == (3, 16, 16, 2)
    assert (model.activations(pictures(), "conv0") == first).all()

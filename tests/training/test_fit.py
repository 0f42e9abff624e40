"""Phases, averages, early stopping, weights, precision and devices do what they say."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from pictures import STILL, bright_and_dark, quick, small_network

from xaibrain.errors import ModelError, UsageError
from xaibrain.training.batches import batches
from xaibrain.training.devices import make_strategy, training_copy
from xaibrain.training.epochs import judged
from xaibrain.training.fit import Fit, Surroundings
from xaibrain.training.phases import NEW_HEAD_EPOCHS, phases_of


@pytest.fixture
def network():
    keras.utils.set_random_seed(1)
    return small_network()


def weights_of(network, name):
    return [weight.copy() for weight in network.get_layer(name).get_weights()]


def test_a_new_head_learns_first_and_the_body_stays_as_it_was(network):
    body, norm, head = (weights_of(network, name) for name in ("body", "norm", "head"))
    network.get_layer("body").trainable = False
    seen = []

    def watch(epoch):
        same = [
            np.array_equal(a, b) for a, b in zip(norm, network.get_layer("norm").get_weights(), strict=True)
        ]
        seen.append((epoch, all(same)))

    recipe = quick(epochs=2, head_epochs=1, **STILL)
    curves = Fit(network, bright_and_dark(), recipe, around=Surroundings(watch=watch)).run()
    # In the head's epoch not even the statistics of batch normalisation move; afterwards they do.
    assert seen == [(1, True), (2, False), (3, False)]
    assert len(curves["loss"]) == 3
    assert not np.array_equal(head[0], weights_of(network, "head")[0])
    # What was frozen before stays so, and what was not is not.
    np.testing.assert_array_equal(body[0], weights_of(network, "body")[0])
    assert [layer.name for layer in network.layers if not layer.trainable] == ["body"]


def test_a_head_comes_first_where_it_is_new_and_nothing_else_is_said():
    plans = [
        [(phase.name, phase.epochs) for phase in phases_of(recipe, pretraining)]
        for recipe, pretraining in (
            (quick(), {"new_head": True}),
            (quick(), {"new_head": False}),
            (quick(head_epochs=0), {"new_head": True}),
            (quick(head_epochs=2), {}),
        )
    ]
    whole = ("whole", 3)
    assert plans == [[("head", NEW_HEAD_EPOCHS), whole], [whole], [whole], [("head", 2), whole]]


def test_what_is_saved_and_judged_is_the_average(network):
    decay, steps = 0.8, []

    class Follow(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            steps.append(self.model.get_layer("head").kernel.numpy())

    pictures = bright_and_dark(32)
    recipe = quick(epochs=2, average=decay, validation=0.1, **STILL)
    shown = []
    around = Surroundings(
        progress=lambda *told: steps.append(network.get_layer("head").kernel.numpy()),
        watch=lambda epoch: shown.append(network.get_layer("head").kernel.numpy()),
    )
    curves = Fit(network, pictures, recipe, pictures, around=around).run()
    expected = steps[0]
    averages = []
    for kernel in steps:
        expected = decay * expected + (1 - decay) * kernel
        averages.append(expected)
    np.testing.assert_allclose(network.get_layer("head").kernel.numpy(), averages[-1], rtol=1e-5)
    np.testing.assert_allclose(shown[0], averages[1], rtol=1e-5)
    assert not np.allclose(averages[-1], steps[-1], rtol=1e-3)
    loss, accuracy = judged(network, pictures)
    assert curves["validation_loss"][-1] == pytest.approx(loss, rel=1e-5)
    assert curves["validation_accuracy"][-1] == accuracy


def test_judging_is_cross_entropy_and_accuracy(network):
    pictures = bright_and_dark(10)
    output = network.predict(pictures.images.astype(np.float32), verbose=0)
    loss, accuracy = judged(network, pictures, batch_size=3)
    slow = -np.mean([np.log(row[label]) for row, label in zip(output, pictures.labels, strict=True)])
    assert loss == pytest.approx(slow, rel=1e-5)
    assert accuracy == np.mean(output.argmax(axis=1) == pictures.labels)


def test_training_stops_when_it_gets_no_better_and_keeps_the_best(network):
    pictures = bright_and_dark(32)
    turned = pictures[np.arange(32)]
    turned.labels[:] = 1 - turned.labels
    # The better the training pictures are told, the worse those that are watched: the first epoch is best.
    recipe = quick(epochs=30, patience=2, validation=0.1, **STILL)
    curves = Fit(network, pictures, recipe, turned).run()
    watched = curves["validation_loss"]
    best = int(np.argmin(watched))
    assert len(watched) == len(curves["loss"]) == best + 3 < 30
    assert judged(network, turned)[0] == pytest.approx(watched[best], rel=1e-5)


def test_rare_classes_weigh_more():
    pictures = bright_and_dark(40)
    few = pictures[np.flatnonzero((pictures.labels == 0) | (np.arange(40) < 20))]
    recipe = quick(class_weights="balanced", batch_size=64, **STILL)
    _, labels, weights = next(iter(batches(few, 2, recipe)))
    # n / (classes × n of the class), as scikit-learn has it: 30 pictures, 20 of class 0 and 10 of class 1.
    expected = np.where(np.asarray(labels).argmax(axis=1) == 1, 30 / (2 * 10), 30 / (2 * 20))
    np.testing.assert_allclose(weights, expected, rtol=1e-6)


def test_a_copy_for_another_precision_computes_in_it_and_teaches_the_network(network):
    copy = training_copy(network, "mixed_bfloat16", None)
    assert copy.get_layer("body").compute_dtype == "bfloat16"
    assert copy.get_layer("head").compute_dtype == "float32"
    assert {weight.dtype for weight in copy.weights} == {"float32"}
    assert keras.config.dtype_policy().name == "float32"
    before = weights_of(network, "head")
    Fit(network, bright_and_dark(16), quick(epochs=1, precision="mixed_bfloat16")).run()
    assert not np.array_equal(before[0], weights_of(network, "head")[0])
    assert network.get_layer("body").compute_dtype == "float32"


def test_a_network_that_cannot_be_copied_is_said():
    class Own(keras.Model):
        def __init__(self):
            super().__init__(name="own")
            self.dense = keras.layers.Dense(2, activation="softmax")

        def call(self, images):
            return self.dense(keras.ops.mean(images, (1, 2)))

    own = Own()
    own(np.zeros((1, 4, 4, 1), np.float32))
    with pytest.raises(ModelError, match="own cannot be copied for training in mixed_float16"):
        training_copy(own, "mixed_float16", None)


TWO_DEVICES = """
import numpy as np
import keras
import tensorflow as tf
processor = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)
from pictures import STILL, bright_and_dark, quick, small_network
from xaibrain.training.devices import make_strategy
from xaibrain.training.fit import Fit, Surroundings

pictures, answers = bright_and_dark(64), []
for strategy in (None, make_strategy("mirrored")):
    keras.utils.set_random_seed(1)
    network = small_network()
    # Without batch statistics, which are each device's own, two halves of a batch are a batch.
    network.get_layer("norm").trainable = False
    recipe = quick(epochs=3, batch_size=64, average=0.5, validation=0.1, patience=5, **STILL)
    curves = Fit(network, pictures, recipe, pictures, around=Surroundings(strategy)).run()
    answers.append([*network.get_weights(), curves["validation_loss"]])
for one, other in zip(*answers):
    np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)
print(strategy.num_replicas_in_sync, "replicas agree")
"""


def test_two_devices_learn_what_one_does():
    support = Path(__file__).parents[1] / "support"
    told = subprocess.run(
        [sys.executable, "-c", TWO_DEVICES],
        env={**os.environ, "PYTHONPATH": str(support), "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stdout == "2 replicas agree\n", told.stderr


@pytest.mark.parametrize(
    ("name", "told"),
    [("mirrored", "two devices or more"), ("multi-worker", "needs TF_CONFIG")],
)
def test_what_cannot_be_spread_is_said(name, told):
    with pytest.raises(UsageError, match=told):
        make_strategy(name)


def test_auto_is_one_device_where_there_is_no_more():
    assert make_strategy("auto") is None

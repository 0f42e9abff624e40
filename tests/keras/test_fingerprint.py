"""A fingerprint is the same for the same model, everywhere, and another for any other."""

import subprocess
import sys

import keras
import networks
import numpy as np
from networks import made, pictures

from xaibrain.keras.fingerprint import fingerprint


def test_it_does_not_change_by_itself_and_follows_one_weight():
    network = made("functional")
    before = fingerprint(network)
    assert fingerprint(network) == before
    kernel = network.get_layer("conv1").kernel
    values = np.array(kernel)
    values[0, 0, 0, 0] = np.nextafter(values[0, 0, 0, 0], np.float32(9))
    kernel.assign(values)
    assert fingerprint(network) != before


def test_it_follows_the_structure():
    one, other = networks.functional(), networks.functional(activation="sigmoid")
    other.set_weights(one.get_weights())
    assert fingerprint(one) != fingerprint(other)


def test_it_survives_saving(tmp_path):
    network = made("noisy")
    network.save(tmp_path / "noisy.keras")
    again = [keras.saving.load_model(tmp_path / "noisy.keras", compile=False) for _ in range(2)]
    assert fingerprint(again[0]) == fingerprint(again[1]) == fingerprint(network)


def test_random_states_and_metrics_do_not_count():
    network = made("noisy")
    before = fingerprint(network)
    network(pictures(), training=True)
    network.compile(loss="mse", metrics=["accuracy"])
    network.evaluate(pictures(), np.eye(3), verbose=0)
    assert len(network.variables) > len(network.weights), (
        "it must hold random states for this to mean something"
    )
    # Batch normalisation moved its statistics in training: put them back, and them alone.
    assert fingerprint(network) != before
    networks.shaken(network)
    assert fingerprint(network) == before


def test_models_without_a_configuration_have_one_too():
    network = networks.Subclassed()
    network(pictures())
    before = fingerprint(network)
    network.scores.bias.assign([1, 2, 3])
    assert fingerprint(network) != before


SCRIPT = """
import keras, numpy as np
from xaibrain.keras.fingerprint import fingerprint

class Odd(keras.layers.Layer):
    def call(self, x): return x
    def get_config(self): return {**super().get_config(), "thing": object(), "function": np.tanh}

inputs = keras.layers.Input((4, 4, 1), name="in")
model = keras.Sequential([inputs, Odd(name="odd"), keras.layers.Flatten(name="flat")], name="model")
print(fingerprint(model))
"""


def test_it_is_the_same_in_every_process_though_objects_stand_elsewhere():
    printed = {
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", SCRIPT], capture_output=True, text=True, check=True
        ).stdout.strip()
        for _ in range(2)
    }
    assert len(printed) == 1
    assert len(printed.pop()) == 64

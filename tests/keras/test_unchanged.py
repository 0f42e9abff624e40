"""A model is left bit for bit as it was, whatever is asked of it and whatever is raised."""

import keras
import networks
import numpy as np
import pytest
import tensorflow as tf
from networks import FAMILIES, made, pictures, taken, wrapped
from quick import EXPLAINERS, quick

from xaibrain import wrap
from xaibrain.errors import ModelError
from xaibrain.keras.taps import tapped
from xaibrain.testing.state import network_state

ASKING = [name for name in EXPLAINERS if quick(name).requires]
"""Those that ask the model anything."""


@pytest.mark.parametrize("name", FAMILIES)
def test_wrapping_and_explaining_leave_the_model_as_it_was(name):
    network = made(name)
    if name in networks.WITHOUT_WEIGHTS:
        network(taken(name))
    before = network_state(network)
    model = wrap(network, size=16 if name in networks.SIZELESS else None)
    model.fingerprint  # noqa: B018
    targets = np.array([0, 1, 0])
    quick("gradcam").explain(model, taken(name), targets)
    model.input_gradients(taken(name), targets)
    model.logits_from(taken(name), model.activations(taken(name), "auto"), "auto")
    assert network_state(network) == before
    assert all("call" not in layer.__dict__ for layer in network._flatten_layers())
    assert model.network is network


class Fuse(keras.layers.Layer):
    """Raises in its call once it is lit."""

    lit = False

    def call(self, x):
        if Fuse.lit:
            raise RuntimeError("blown")
        return x


@pytest.mark.parametrize("explainer", ASKING)
def test_a_layer_that_raises_leaves_the_model_as_it_was(explainer, monkeypatch):
    inputs = networks.picture_input()
    x = Fuse()(keras.layers.ReLU()(networks.body(inputs / 255)))
    network = keras.Model(inputs, networks.top(x))
    model = wrap(network)
    before = network_state(network)
    monkeypatch.setattr(Fuse, "lit", True)
    with pytest.raises(ModelError, match=r"cannot be run.*blown"):
        quick(explainer).explain(model, pictures(), np.zeros(3, int))
    assert network_state(network) == before
    monkeypatch.setattr(Fuse, "lit", False)
    assert quick(explainer).explain(model, pictures(), np.zeros(3, int)).shape[0] == 3


@pytest.mark.parametrize("name", ["functional", "nested", "Subclassed"])
def test_a_tap_that_raises_leaves_the_model_as_it_was(name):
    network = wrapped(name).network
    before = network_state(network)
    layers = network._flatten_layers(include_self=False)

    def broken(run):
        run()
        raise KeyError("tap")

    with pytest.raises(KeyError, match="tap"), tapped(dict.fromkeys(layers, broken)):
        network(pictures(), training=False)
    assert network_state(network) == before


def test_a_layer_that_cannot_be_tapped_leaves_the_others_as_they_were():
    network = wrapped("functional").network
    before = network_state(network)
    with (
        pytest.raises(AttributeError),
        tapped({network.get_layer("conv1"): lambda run: run(), object(): None}),
    ):
        pass
    assert network_state(network) == before


def test_taps_within_taps_are_put_back_in_order():
    layer = wrapped("functional").network.get_layer("conv1")
    own = layer.call
    seen = []

    def note(name):
        def tap(run):
            seen.append(name)
            return run()

        return tap

    with tapped({layer: note("outer")}):
        with tapped({layer: note("inner")}):
            layer(pictures())
        assert seen == ["inner", "outer"]
        layer(pictures())
        assert seen == ["inner", "outer", "outer"]
    assert layer.call == own
    assert "call" not in layer.__dict__


def test_a_call_of_the_users_own_in_the_instance_is_kept():
    network = made("functional")
    layer = network.get_layer("conv1")
    calls = []
    original = layer.call

    def own(x):
        calls.append(1)
        return original(x)

    layer.__dict__["call"] = own
    model = wrap(network)
    model.activations(pictures(), "conv1")
    assert layer.__dict__["call"] is own
    assert calls


def test_compiled_and_trained_models_go_on_training():
    network = made("functional")
    network.compile("adam", "sparse_categorical_crossentropy")
    network.fit(pictures(), np.array([0, 1, 2]), verbose=0)
    model = wrap(network)
    model.activations_and_gradients(pictures(), np.zeros(3, int), "auto")
    before = model.fingerprint
    network.fit(pictures(), np.array([0, 1, 2]), verbose=0)
    assert model.fingerprint != before
    assert np.allclose(model.probabilities(model.logits(pictures())), network(pictures()), atol=1e-6)


def test_losses_that_layers_add_are_not_left_as_symbols():
    network = made("regularised")
    network(pictures())
    value = float(network.losses[0])
    wrap(network).activations_and_gradients(pictures(seed=1), np.zeros(3, int), "auto")
    assert isinstance(network.losses[0], tf.Tensor)
    assert float(network.losses[0]) == value

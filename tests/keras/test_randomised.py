"""A randomised model answers with shuffled weights; the network that it came from stays as it was."""

import numpy as np
import pytest
from networks import pictures, wrapped

from xaibrain import Randomisable, load_explainer
from xaibrain.errors import UnknownNameError
from xaibrain.keras.randomised import shuffled, weighted_layers
from xaibrain.testing.state import network_state

FAMILIES = ["functional", "nested", "CompiledItself", "shared", "one_unit", "bfloat16"]


@pytest.mark.parametrize("name", FAMILIES)
def test_it_answers_as_a_network_with_those_weights(name):
    model, images = wrapped(name), pictures()
    images.flags.writeable = False
    before, kept = model.logits(images), network_state(model.network)
    layers = model.weighted_layers[-2:]
    other = model.randomised(layers, seed=1)
    found = other.logits(images), other.input_gradients(images, np.zeros(3, np.int64))
    maps = load_explainer("gradcam").explain(other, images, np.zeros(3, np.int64))
    assert network_state(model.network) == kept
    assert (model.logits(images) == before).all()
    own = model.network.get_weights()
    model.network.set_weights([np.asarray(value) for value in shuffled(model.network, layers, 1)])
    try:
        again = pictures()
        assert np.allclose(model.logits(again), found[0], atol=1e-5)
        assert np.allclose(model.input_gradients(again, np.zeros(3, np.int64)), found[1], atol=1e-6)
        assert np.allclose(
            load_explainer("gradcam").explain(model, again, np.zeros(3, np.int64)), maps, atol=1e-5
        )
    finally:
        model.network.set_weights(own)
    assert np.abs(found[0] - before).max() > 1e-4


def test_every_layer_is_named_once_and_holds_its_own_weights():
    found = weighted_layers(wrapped("nested").network)
    assert list(found) == ["backbone/conv1", "backbone/norm", "backbone/conv2", "hidden", "scores"]
    held = [id(weight) for weights in found.values() for weight in weights]
    assert sorted(held) == sorted(id(weight) for weight in wrapped("nested").network.weights)


def test_a_layer_is_shuffled_the_same_whatever_else_is():
    network = wrapped("functional").network
    alone, both = (shuffled(network, layers, 4) for layers in (["conv2"], ["conv1", "conv2"]))
    paths = [weight.path for weight in network.weights]
    for path, one, other, own in zip(paths, alone, both, network.weights, strict=True):
        one, other, own = np.asarray(one), np.asarray(other), np.asarray(own)
        assert (np.sort(one.ravel()) == np.sort(own.ravel())).all()
        if "conv1" in path:
            assert (one == own).all()
            assert (other != own).any()
        else:
            assert (one == other).all()
        if "conv2/kernel" in path:
            assert (one != own).any()


def test_nothing_asked_for_changes_nothing_and_seeds_differ():
    model, images = wrapped("functional"), pictures()
    assert isinstance(model, Randomisable)
    assert np.allclose(model.randomised([], 0).logits(images), model.logits(images), atol=1e-6)
    answers = [model.randomised(model.weighted_layers, seed).logits(images) for seed in (0, 0, 1)]
    assert (answers[0] == answers[1]).all()
    assert np.abs(answers[0] - answers[2]).max() > 1e-3
    marks = {model.randomised(["conv1"], seed).fingerprint for seed in (0, 1)} | {model.fingerprint}
    assert len(marks) == 3
    assert not model.randomised([], 0).capabilities & {"keras-network", "randomise"}


def test_layers_without_weights_are_refused():
    with pytest.raises(UnknownNameError, match=r"No layer with weights 'pool'.*hidden, scores"):
        wrapped("functional").randomised(["pool"], 0)

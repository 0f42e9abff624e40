"""A guided network: its gradient equals a slow one by hand, however its ReLUs are spelt."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from networks import SIDE, pictures, shaken, wrapped

from xaibrain import explain, load_explainer, wrap
from xaibrain.errors import ModelError
from xaibrain.keras.randomised import shuffled
from xaibrain.testing.state import network_state

UNITS = 3
PIXELS = 6
TARGETS = np.array([0, 2, 1])
PAIRS = np.array([(0, 1), (2, 0), (1, 2)])


def ends(build):
    inputs = layers.Input((PIXELS, PIXELS, 3))
    x = layers.Flatten()(build(layers.Conv2D(3, 3, name="conv"), inputs))
    x = build(layers.Dense(5, name="hidden"), x)
    return keras.Model(inputs, layers.Dense(UNITS, activation="softmax", name="scores")(x))


def as_argument(layer, x):
    layer.activation = keras.activations.relu
    return layer(x)


def in_a_nested_model(layer, x):
    inside = layers.Input(x.shape[1:])
    return keras.Model(inside, layers.ReLU()(layer(inside)))(x)


class BySelf(keras.Model):
    """Calls TensorFlow's ReLU, among its layers."""

    def __init__(self):
        super().__init__()
        self.conv, self.hidden = layers.Conv2D(3, 3, name="conv"), layers.Dense(5, name="hidden")
        self.flat, self.scores = layers.Flatten(), layers.Dense(UNITS, activation="softmax", name="scores")

    def call(self, x):
        return self.scores(tf.nn.relu(self.hidden(self.flat(tf.nn.relu(self.conv(x))))))


SPELLINGS = {
    "activation='relu'": lambda: ends(as_argument),
    "Activation": lambda: ends(lambda layer, x: layers.Activation("relu")(layer(x))),
    "ReLU": lambda: ends(lambda layer, x: layers.ReLU()(layer(x))),
    "operation": lambda: ends(lambda layer, x: keras.ops.relu(layer(x))),
    "nested": lambda: ends(in_a_nested_model),
    "subclassed": BySelf,
    "ReLU6": lambda: ends(lambda layer, x: layers.ReLU(6.0)(layer(x))),
}


def images():
    return np.random.default_rng(4).normal(size=(3, PIXELS, PIXELS, 3)).astype(np.float32)


def by_hand(weights, image, seed, top=np.inf):
    """Springenberg et al. 2014, in float64: a ReLU passes back what is positive, where it was open."""
    kernel, bias, dense, shift, last, _ = (np.asarray(weight, np.float64) for weight in weights)
    side = PIXELS - 2
    before = np.zeros((side, side, 3))
    for row, column, unit in np.ndindex(before.shape):
        patch = image[row : row + 3, column : column + 3].astype(np.float64)
        before[row, column, unit] = (patch * kernel[..., unit]).sum() + bias[unit]
    seen = np.clip(before, 0, top).ravel()
    hidden = seen @ dense + shift
    back = last @ seed
    back = np.where((hidden > 0) & (hidden < top), np.maximum(back, 0), 0)
    back = (dense @ back).reshape(before.shape)
    back = np.where((before > 0) & (before < top), np.maximum(back, 0), 0)
    found = np.zeros(image.shape)
    for row, column, unit in np.ndindex(before.shape):
        found[row : row + 3, column : column + 3] += back[row, column, unit] * kernel[..., unit]
    return found


def seeds(targets):
    rows = np.eye(UNITS)
    return rows[targets] if targets.ndim == 1 else rows[targets[:, 0]] - rows[targets[:, 1]]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("targets", [TARGETS, PAIRS], ids=["classes", "pairs"])
def test_it_is_the_slow_one(spelling, targets):
    network = SPELLINGS[spelling]()
    network(images())
    model = wrap(shaken(network, seed=2), size=PIXELS)
    before = network_state(network)
    found = model.guided_gradients(images(), targets)
    assert network_state(network) == before
    top = 6 if spelling == "ReLU6" else np.inf
    weights = network.get_weights()
    wanted = np.stack([by_hand(weights, *one, top) for one in zip(images(), seeds(targets), strict=True)])
    assert found.dtype == np.float32
    assert np.allclose(found, wanted, rtol=1e-4, atol=1e-4 * np.abs(wanted).max())
    assert np.abs(found - model.input_gradients(images(), targets)).max() > 0.01 * np.abs(wanted).max()


def test_plain_gradients_stay_plain():
    """Guiding belongs to the one traced graph, not to the network or to TensorFlow."""
    network = shaken(SPELLINGS["ReLU"]())
    first, second = wrap(network), wrap(network)
    before = first.input_gradients(images(), TARGETS)
    first.guided_gradients(images(), TARGETS)
    assert (second.input_gradients(images(), TARGETS) == before).all()


def test_a_randomised_model_is_guided_with_its_own_weights():
    network = shaken(SPELLINGS["Activation"]())
    model = wrap(network)
    found = model.randomised(["scores", "hidden"], 1)
    network_weights = network.get_weights()
    guided = found.guided_gradients(images(), TARGETS)
    network.set_weights([np.asarray(value) for value in shuffled(network, ["scores", "hidden"], 1)])
    assert np.allclose(model.guided_gradients(images(), TARGETS), guided, atol=1e-6)
    network.set_weights(network_weights)
    assert np.abs(model.guided_gradients(images(), TARGETS) - guided).max() > 1e-3 * np.abs(guided).max()


@pytest.mark.parametrize("name", ["guided-backprop", "guided-gradcam"])
@pytest.mark.parametrize("family", ["nested", "one_unit"])
def test_networks_without_a_relu_are_refused_before_any_work(name, family):
    asked = []
    with pytest.raises(ModelError, match="has no ReLU, so guiding changes nothing") as refusal:
        explain((asked.append(path) for path in ["a"]), model=wrapped(family), explainer=name)
    assert "\n" not in str(refusal.value)
    assert asked == []
    with pytest.raises(ModelError, match="has no ReLU"):
        load_explainer(name).explain(wrapped(family), pictures(), TARGETS % 2)


def test_converted_models_are_refused_too():
    model = wrap(wrapped("functional").network, engine="tensorflow")
    with pytest.raises(ModelError, match="has no ReLU"):
        explain(pictures(), model=model, explainer="guided-gradcam")


def test_a_converted_model_asks_its_framework():
    network = shaken(SPELLINGS["Activation"]())
    model = wrap(network, engine="tensorflow")
    assert (
        model.guided_gradients(images(), TARGETS) == wrap(network).guided_gradients(images(), TARGETS)
    ).all()
    assert "guided gradients by TensorFlow" in model.engine


def test_a_relu_beside_another_activation_is_guided():
    """Subclassed has a ReLU and a swish: there is something to guide, and the swish stays as it is."""
    model = wrapped("Subclassed")
    guided, plain = model.guided_gradients(pictures(), TARGETS), model.input_gradients(pictures(), TARGETS)
    assert guided.shape == (3, SIDE, SIDE, 3)
    assert np.abs(guided - plain).max() > 1e-3 * np.abs(plain).max()

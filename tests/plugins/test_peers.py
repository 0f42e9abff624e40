"""What other libraries compute on the same arrays, where they define the same thing."""

import importlib.util
import json
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from maps import explained

from xaibrain import load_explainer, score, wrap
from xaibrain_metrics.road import imputed

REFERENCE = Path(__file__).parent / "reference"
DOCS = Path(__file__).parents[2] / "docs"
FOUND = json.loads((REFERENCE / "quantus.json").read_text("utf-8"))
GUIDED = json.loads((REFERENCE / "captum.json").read_text("utf-8"))["guided"]
TABLE = json.loads((DOCS / "metric_peers.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def peers():
    spec = importlib.util.spec_from_file_location("metric_peers", DOCS / "metric_peers.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", FOUND["values"])
def test_values_are_those_of_quantus(name):
    pairs = zip(FOUND["maps"], FOUND["masks"], strict=True)
    found = [one.value for one in score([explained(*pair) for pair in pairs], name)]
    # Maps are float32 here, and Quantus adds 1e-7 to magnitudes and 1e-12 to what it takes logarithms of.
    assert found == pytest.approx(FOUND["values"][name], abs=1e-5)
    assert len(set(found)) > 1


@pytest.mark.parametrize(
    ("library", "name"), [(library, name) for library in TABLE for name in TABLE[library]["differences"]]
)
def test_values_are_those_of_the_table_on_the_page(library, name, peers):
    assert peers.difference(library, name) < 1e-5
    assert TABLE[library]["differences"][name] < 1e-5
    assert TABLE[library]["version"] == peers.told(library)[library]
    assert len(set(peers.told(library)["case"][name])) > 1


def test_road_imputes_as_quantus_which_took_it_from_the_authors():
    picture, hole = np.array(FOUND["picture"]), np.array(FOUND["hole"], bool)
    assert np.allclose(imputed(picture, hole), FOUND["imputed"], atol=1e-9)


def test_an_empty_mask_is_a_hit_for_quantus_and_undefined_here():
    assert FOUND["pointing-game of an empty mask"] == 1
    (found,) = score(explained(FOUND["maps"][0], np.zeros((6, 7), bool)), "pointing-game")
    assert found.value is None


@pytest.fixture(scope="module")
def rectified():
    """The network that Captum was asked about; it flattens with channels first."""
    inputs = layers.Input((10, 10, 3))
    x = layers.Conv2D(4, 3, activation="relu")(inputs)
    x = layers.Permute((3, 1, 2))(layers.ReLU(name="last")(layers.Conv2D(5, 3, strides=2)(x)))
    x = layers.Dense(6, activation="relu")(layers.Flatten()(x))
    network = keras.Model(inputs, layers.Dense(3, activation="softmax")(x))
    weights = [np.array(weight) for weight in GUIDED["weights"]]
    network.set_weights(
        [weight.transpose(2, 3, 1, 0) if weight.ndim == 4 else weight.T for weight in weights]
    )
    return wrap(network)


@pytest.mark.parametrize("name", ["guided-backprop", "guided-gradcam"])
def test_guided_maps_are_those_of_captum(name, rectified):
    images, wanted = np.array(GUIDED["pictures"], np.float32), np.array(GUIDED[name])
    explainer = load_explainer(name, **({"layer": "last"} if "cam" in name else {}))
    found = explainer.explain(rectified, images, np.array(GUIDED["targets"]))
    wanted = np.abs(wanted).max(axis=3)
    assert np.abs(found - wanted).max() < 1e-5 * wanted.max()

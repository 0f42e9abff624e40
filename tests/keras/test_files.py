"""Files are opened without running code of theirs, and damage is one clear line."""

import json
import zipfile

import h5py
import keras
import networks
import numpy as np
import pytest
from networks import made, pictures

from xaibrain import load_model, wrap
from xaibrain.errors import ModelError, UsageError
from xaibrain.keras.checkpoint import save_checkpoint
from xaibrain.models.card import CARD, read_card

CARD_OF_THREE = {
    "class_names": ["a", "b", "c"],
    "preprocessing": {"crop": "foreground", "fit": "pad", "value_range": [-1.0, 1.0]},
    "recommended_layer": "conv1",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Models of several families, as files."""
    folder = tmp_path_factory.mktemp("models")
    for name in ("functional", "nested_twice", "sequential"):
        made(name).save(folder / f"{name}.keras")
    built = made("uncalled")
    built(pictures(1))
    networks.shaken(built).save(folder / "uncalled.keras")
    return folder


def same_answers(model, network):
    images, targets = pictures(), np.array([0, 1, 2])
    wanted = wrap(network).activations_and_gradients(images, targets, "auto")
    found = model.activations_and_gradients(images, targets, "auto")
    return all(np.allclose(one, other, atol=1e-6) for one, other in zip(found, wanted, strict=True))


@pytest.mark.parametrize("name", ["functional", "nested_twice", "sequential", "uncalled"])
def test_a_reloaded_model_answers_as_before(folder, name):
    path = folder / f"{name}.keras"
    model = load_model(path)
    assert model.name == name
    network = keras.saving.load_model(path, compile=False)
    network(pictures(1))
    assert same_answers(model, network)
    assert model.fingerprint == load_model(str(path)).fingerprint


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.parametrize("suffix", ["h5", "hdf5"])
def test_h5_files_answer_too(tmp_path, suffix):
    network = made("functional")
    network.save(tmp_path / "old.h5")
    path = (tmp_path / "old.h5").rename(tmp_path / f"older.{suffix}")
    model = load_model(path)
    assert np.allclose(model.logits(pictures()), wrap(network).logits(pictures()), atol=1e-6)
    assert model.fingerprint == load_model(path).fingerprint


def with_lambda():
    inputs = networks.picture_input()
    touch = lambda x: (open(__import__("os").environ["MARKER"], "w").close(), x)[1]  # noqa: E731, PTH123
    x = keras.layers.Lambda(touch, output_shape=(16, 16, 3))(inputs)
    return keras.Model(inputs, networks.top(networks.body(x)))


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_a_lambda_file_is_refused_and_its_code_not_run_unless_it_is_trusted(tmp_path, monkeypatch, suffix):
    marker, path = tmp_path / "ran", tmp_path / f"lambda.{suffix}"
    monkeypatch.setenv("MARKER", str(marker))
    network = with_lambda()
    network(pictures(1))
    assert marker.exists(), "the code must run where it may, for this test to mean something"
    network.save(path)
    marker.unlink()
    with pytest.raises(ModelError, match=r"holds Python code.*not run.*xaibrain\.wrap") as caught:
        load_model(path)
    assert "\n" not in str(caught.value)
    assert not marker.exists()
    assert load_model(path, unsafe=True).logits(pictures(1)).shape == (1, 3)
    assert marker.exists()
    # As -s model.unsafe=true gives it.
    assert load_model(path, unsafe="true").logits(pictures(1)).shape == (1, 3)
    with pytest.raises(ModelError, match="holds Python code"):
        load_model(path)


def damaged(path, kind):
    whole = path.read_bytes()
    made = {
        "text": b"this is no model\n",
        "empty": b"",
        "short": whole[: len(whole) // 2],
        "torn": whole[:500] + bytes(200) + whole[700:],
        "middle": whole[: len(whole) // 2] + bytes(4000) + whole[len(whole) // 2 + 4000 :],
        "end": whole[:-40] + bytes(40),
    }[kind]
    bad = path.with_name(f"{kind}{path.suffix}")
    bad.write_bytes(made)
    return bad


@pytest.mark.parametrize("kind", ["text", "empty", "short", "torn", "middle", "end"])
def test_damaged_files_are_one_line(folder, kind):
    with pytest.raises(ModelError) as caught:
        load_model(damaged(folder / "functional.keras", kind))
    assert "\n" not in str(caught.value)
    assert f"{kind}.keras" in str(caught.value)
    assert str(caught.value).count("Lambda") == 0


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
@pytest.mark.parametrize("kind", ["text", "empty", "short"])
def test_damaged_h5_files_are_one_line(tmp_path, kind):
    made("functional").save(tmp_path / "whole.h5")
    with pytest.raises(ModelError) as caught:
        load_model(damaged(tmp_path / "whole.h5", kind))
    assert "\n" not in str(caught.value)


def test_a_zip_without_a_model_is_one_line(tmp_path):
    with zipfile.ZipFile(tmp_path / "other.keras", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(ModelError, match="not a Keras 3 model"):
        load_model(tmp_path / "other.keras")


def test_an_h5_file_without_a_model_is_one_line(tmp_path):
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["numbers"] = np.arange(3)
    with pytest.raises(ModelError, match="not a Keras 3 model"):
        load_model(tmp_path / "data.h5")


def test_a_layer_that_is_not_there_is_named(tmp_path):
    class Home(keras.layers.Layer):
        def call(self, x):
            return x

    inputs = networks.picture_input()
    keras.Model(inputs, networks.top(networks.body(Home()(inputs)))).save(tmp_path / "home.keras")
    with pytest.raises(ModelError, match="Home"):
        load_model(tmp_path / "home.keras")


def test_a_missing_file_is_named():
    with pytest.raises(ModelError, match=r"No model file gone\.keras\. Check the path"):
        load_model("gone.keras")


def test_options_take_precedence_and_are_checked(folder):
    path = folder / "functional.keras"
    model = load_model(path, class_names="x,y,z", crop="foreground", value_range="-1,1", name="mine")
    assert model.class_names == ("x", "y", "z")
    assert model.name == "mine"
    assert model.preprocessing["crop"] == "foreground"
    assert model.preprocessing["value_range"] == (-1.0, 1.0)
    with pytest.raises(UsageError, match=r"crop='all'.*Give one of: none, foreground"):
        load_model(path, crop="all")
    with pytest.raises(UsageError, match="3 classes; 2 names"):
        load_model(path, class_names=["x", "y"])
    with pytest.raises(UsageError, match=r"No parameter of .* 'sise'\. Did you mean 'size'"):
        load_model(path, sise=3)


def test_a_checkpoint_keeps_its_card_and_nearly_its_weights(tmp_path):
    network = made("noisy")
    network.compile("adam", "mse")
    network.fit(pictures(), np.eye(3), verbose=0)
    save_checkpoint(network, {**CARD_OF_THREE, "recommended_layer": "norm"}, tmp_path / "deep" / "kept.keras")
    model = load_model(tmp_path / "deep" / "kept.keras")
    assert model.class_names == ("a", "b", "c")
    assert model.preprocessing["fit"] == "pad"
    assert model.preprocessing["crop"] == "foreground"
    assert model.preprocessing["value_range"] == (-1.0, 1.0)
    assert model.choose_layer("auto").path == "norm"
    assert model.choose_layer("auto").reason == "recommended by the model's card"
    for kept, given in zip(model.network.weights, network.weights, strict=True):
        rounded = np.asarray(given, np.float16) if len(given.shape) > 1 else np.asarray(given)
        assert (np.asarray(kept) == rounded).all(), given.path
    with zipfile.ZipFile(tmp_path / "deep" / "kept.keras") as archive:
        assert "compile_config" not in json.loads(archive.read("config.json"))
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["kept.keras"]


def with_card(path, text):
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(CARD, text)
    return path


@pytest.mark.parametrize("text", ["{", "[]", '"card"', '{"preprocessing": 3}', b"\xff\xfe"])
def test_damaged_cards_are_one_line(tmp_path, folder, text):
    path = tmp_path / "carded.keras"
    path.write_bytes((folder / "functional.keras").read_bytes())
    with pytest.raises(ModelError, match="card") as caught:
        load_model(with_card(path, text))
    assert "\n" not in str(caught.value)


def test_a_file_without_a_card_has_an_empty_one(folder, tmp_path):
    assert read_card(folder / "functional.keras") == {}
    (tmp_path / "text.keras").write_text("text")
    assert read_card(tmp_path / "text.keras") == {}

"""A training run ends in a file that predicts what its card says."""

import dataclasses
import zipfile

import keras
import numpy as np
import pytest

import xaibrain
from xaibrain.errors import DatasetError, ModelError
from xaibrain.keras.checkpoint import save_checkpoint
from xaibrain.models.card import read_card
from xaibrain.training.augment import geometric, photometric
from xaibrain.training.recipe import Recipe
from xaibrain.training.score import held_out_accuracy
from xaibrain.training.train import train

RECIPE = Recipe(epochs=2, warmup_epochs=0, batch_size=16, held_out=0.25, seed=5)


@pytest.fixture(scope="module")
def phantom():
    return xaibrain.load_dataset("phantom", count=48, size=64)


@pytest.fixture(scope="module")
def trained(phantom, tmp_path_factory):
    network = xaibrain.load_model(
        "efficientnet-compact", classes=phantom.class_names, size=32, width=0.1, depth=0.1
    )
    path = tmp_path_factory.mktemp("checkpoint") / "tiny.keras"
    model, accuracy = train(phantom, network, RECIPE, path, "xaibrain train …")
    return network, model, accuracy, path


def test_the_file_predicts_what_the_trained_network_does(trained, phantom):
    network, model, *_ = trained
    images = np.stack([network.preprocess(phantom[i])[0] for i in range(8)])
    # Kernels are stored in float16: half a thousandth of a weight.
    np.testing.assert_allclose(model.logits(images), network.logits(images), atol=5e-3)


def test_weights_moved(trained):
    network, *_ = trained
    assert network.card == {}
    assert not np.allclose(network.network.layers[-1].bias, 0)


def test_the_card_tells_how_it_was_made(trained, phantom):
    _, _, accuracy, path = trained
    card = read_card(path)
    assert card["recipe"] == dataclasses.asdict(RECIPE)
    assert card["class_names"] == list(phantom.class_names)
    assert card["held_out"]["value"] == accuracy.value
    assert len(card["curves"]["loss"]) == 2
    ids = {image.id for image in phantom}
    assert set(card["split"]["held_out"]) < ids
    assert len(card["split"]["held_out"]) == accuracy.pictures


def test_the_stated_accuracy_is_that_of_the_file(trained, phantom):
    _, _, accuracy, path = trained
    held = set(read_card(path)["split"]["held_out"])
    explained = xaibrain.explain([i for i in phantom if i.id in held], model=xaibrain.load_model(path))
    right = [e.predicted == e.label for e in explained]
    assert np.mean(right) == accuracy.value


def test_the_file_opens_in_plain_keras_and_holds_no_optimizer(trained):
    *_, path = trained
    network = keras.saving.load_model(path)
    assert getattr(network, "optimizer", None) is None
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("model.weights.h5").compress_size
    assert size < 4 * network.count_params()


def test_a_damaged_card_is_said(trained, tmp_path):
    *_, path = trained
    broken = tmp_path / "broken.keras"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"{" if name == "xaibrain.json" else old.read(name))
    with pytest.raises(ModelError, match="card is damaged"):
        read_card(broken)


def test_single_pictures_are_held_out_when_asked(phantom, tmp_path):
    network = xaibrain.load_model(
        "efficientnet-compact", classes=phantom.class_names, size=32, width=0.1, depth=0.1
    )
    recipe = dataclasses.replace(RECIPE, epochs=1, split="random")
    model, accuracy = train(phantom, network, recipe, tmp_path / "random.keras", "")
    assert accuracy.groups == accuracy.pictures == 12
    assert model.card["split"]["method"] == "single pictures at random, stratified by class"
    labels = {image.id: image.label for image in phantom}
    held = [labels[id] for id in model.card["split"]["held_out"]]
    assert sorted(held) == sorted(phantom.class_names * 3)


def test_kernels_are_halved_and_vectors_are_not(tmp_path):
    network = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(3)])
    network.layers[0].set_weights([np.full((4, 3), 1 / 3, np.float32), np.full(3, 1e-30, np.float32)])
    save_checkpoint(network, {"class_names": ["a", "b", "c"]}, tmp_path / "dense.keras")
    kernel, bias = keras.saving.load_model(tmp_path / "dense.keras").get_weights()
    assert (kernel == np.float16(1 / 3)).all()
    assert (bias == np.float32(1e-30)).all()


def test_pictures_without_labels_cannot_be_trained_on(tmp_path, trained):
    network, *_ = trained

    class Unlabelled:
        class_names = network.class_names
        default_model = None

        def __len__(self):
            return 3

        def __getitem__(self, index):
            return xaibrain.Image(np.zeros((8, 8), np.uint8), f"picture-{index}")

        def __iter__(self):
            return (self[index] for index in range(len(self)))

    with pytest.raises(DatasetError, match="picture-0 has no label"):
        train(Unlabelled(), network, RECIPE, tmp_path / "none.keras", "")
    assert not (tmp_path / "none.keras").exists()


@pytest.mark.parametrize("transform", [geometric, photometric])
def test_augmentation_follows_the_seed_and_keeps_the_range(transform):
    images = np.random.default_rng(0).uniform(0, 255, (4, 16, 16, 1)).astype(np.float32)
    drawn = []
    for _ in range(2):
        # Some layers of keras-cv draw from the global seed alone, which training sets from the recipe.
        keras.utils.set_random_seed(RECIPE.seed)
        drawn.append(np.asarray(transform(RECIPE, 3)(images)))
    first, again = drawn
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, images, atol=1)
    assert first.min() >= 0
    assert first.max() <= 255


class Fixed:
    """A model whose class scores are the first pixels."""

    class_names = ("a", "b")

    def logits(self, images):
        return images[:, 0, :2, 0]


def test_accuracy_and_its_interval_count_groups_not_pictures():
    # 50 groups of 2 twins; the first 30 groups are right: the accuracy is 0.6, with the spread of 50 draws.
    labels = np.zeros(100, np.int64)
    groups = np.repeat(np.arange(50), 2)
    images = np.zeros((100, 1, 2, 1), np.uint8)
    images[:, 0, 0, 0] = np.where(groups < 30, 1, 0)
    images[:, 0, 1, 0] = np.where(groups < 30, 0, 1)
    score = held_out_accuracy(Fixed(), images, labels, groups, seed=0)
    assert score.value == 0.6
    assert score.groups == 50
    assert score.recall == {"a": 0.6}
    spread = 1.96 * np.sqrt(0.6 * 0.4 / 50)
    assert score.low == pytest.approx(0.6 - spread, abs=0.03)
    assert score.high == pytest.approx(0.6 + spread, abs=0.03)

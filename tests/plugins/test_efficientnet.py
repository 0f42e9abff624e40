"""The architectures, compact ones and checkpoints."""

import numpy as np
import pytest

import xaibrain
from xaibrain.core.manager import manager
from xaibrain.errors import ModelError, UsageError

MEGABYTE = 1_000_000
CHECKPOINTS = ("brain-mri-efficientnet-b0", "phantom-efficientnet")


@pytest.fixture(scope="module")
def held_out(brain_mri_root):
    """200 real scans, spread over all that the checkpoint was kept from."""
    card = xaibrain.load_model("brain-mri-efficientnet-b0").card
    dataset = xaibrain.load_dataset("brain-mri", root=str(brain_mri_root))
    where = {id: index for index, id in enumerate(dataset.ids)}
    ids = card["split"]["held_out"]
    return [dataset[where[ids[i * len(ids) // 200]]] for i in range(200)]


def specs():
    return {entry.spec.name: entry.spec for entry in manager().registry.entries("model")}


def test_every_size_of_both_families_is_offered():
    names = {f"efficientnet-b{size}" for size in range(8)}
    names |= {f"efficientnetv2-{size}" for size in ("b0", "b1", "b2", "b3", "s", "m", "l")}
    assert names | {"efficientnet-compact", *CHECKPOINTS} <= set(specs())


@pytest.mark.parametrize("name", [n for n in specs() if n.startswith("efficientnet") and "compact" not in n])
def test_every_architecture_exists_in_keras(name):
    import keras

    assert callable(getattr(keras.applications, specs()[name].defaults["architecture"]))


@pytest.mark.parametrize("name", ["efficientnet-b0", "efficientnetv2-b0", "efficientnet-compact"])
def test_an_architecture_answers_for_its_classes(name):
    model = xaibrain.load_model(name, classes="left,right,none", size=64)
    image = xaibrain.Image(np.random.default_rng(0).integers(0, 255, (50, 70), np.uint8), "noise")
    (explanation,) = xaibrain.explain(image, model=model, target="right")
    assert model.class_names == ("left", "right", "none")
    assert explanation.layer == "top_activation"
    assert explanation.target == "right"
    assert sum(explanation.probabilities.values()) == pytest.approx(1, abs=1e-5)
    assert explanation.on_source().shape == (50, 70)


def test_one_class_is_none():
    with pytest.raises(UsageError, match="two classes or more"):
        xaibrain.load_model("efficientnet-b0", classes=1)


def test_width_and_depth_scale_the_network():
    small, large = (
        xaibrain.load_model("efficientnet-compact", size=32, width=w, depth=0.1) for w in (0.1, 0.2)
    )
    assert small.network.count_params() < large.network.count_params()
    with pytest.raises(UsageError, match="above 0"):
        xaibrain.load_model("efficientnet-compact", width=0)


@pytest.mark.parametrize(("stride", "cells"), [(16, 4), (32, 2)])
def test_the_output_stride_sets_the_resolution_of_the_map(stride, cells):
    model = xaibrain.load_model("efficientnet-compact", size=64, width=0.1, depth=0.1, output_stride=stride)
    assert model.activations(np.zeros((1, 64, 64, 3), np.float32), "auto").shape[1:3] == (cells, cells)


def test_weights_of_a_file_are_those_of_the_file(tmp_path):
    first = xaibrain.load_model("efficientnet-b0", size=32)
    path = tmp_path / "mine.weights.h5"
    first.network.save_weights(path)
    again = xaibrain.load_model("efficientnet-b0", size=32, weights=str(path))
    assert again.name == "mine.weights"
    for one, other in zip(first.network.get_weights(), again.network.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_weights_that_are_none_get_one_line(tmp_path):
    with pytest.raises(ModelError, match=r"weights 'nowhere\.h5' cannot be used .* Give weights=none"):
        xaibrain.load_model("efficientnet-b0", size=32, weights="nowhere.h5")


def test_imagenet_weights_that_cannot_be_fetched_get_one_line(monkeypatch, tmp_path):
    import keras

    def unreachable(*arguments, **options):
        raise Exception("URL fetch failure")  # noqa: TRY002 - what Keras raises

    monkeypatch.setattr(keras.utils, "get_file", unreachable)
    monkeypatch.setattr("keras.src.utils.file_utils.get_file", unreachable)
    with pytest.raises(ModelError, match=r"'imagenet' cannot be used \(URL fetch failure\)"):
        xaibrain.load_model("efficientnet-b0", size=32, weights="imagenet")


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_checkpoints_are_light_and_say_how_they_were_made(name):
    from xaibrain_efficientnet.checkpoints import FOLDER

    card = xaibrain.load_model(name).card
    assert (FOLDER / f"{name}.keras").stat().st_size <= 9 * MEGABYTE
    assert card["command"].startswith("xaibrain train -d ")
    assert card["held_out"]["low"] < card["held_out"]["value"] < card["held_out"]["high"]
    assert len(card["split"]["held_out"]) == card["held_out"]["pictures"]


def test_the_phantom_checkpoint_knows_slices_it_never_saw():
    fresh = xaibrain.load_dataset("phantom", count=80, seed=20_260)
    right = [e.predicted == e.label for e in xaibrain.explain(fresh, model="phantom-efficientnet")]
    stated = xaibrain.load_model("phantom-efficientnet").card["held_out"]["value"]
    # A little over two standard errors of 80 draws.
    assert np.mean(right) >= stated - 4 * np.sqrt(0.05 / 80)


def test_real_held_out_scans_are_explained_and_as_often_right_as_stated(held_out):
    explanations = list(xaibrain.explain(held_out, model="brain-mri-efficientnet-b0"))
    assert len(explanations) == 200
    for explanation in explanations:
        assert np.isfinite(explanation.heatmap).all()
        assert explanation.heatmap.std() > 0
        assert explanation.on_source().shape == explanation.image.size
    stated = xaibrain.load_model("brain-mri-efficientnet-b0").card["held_out"]
    right = np.mean([e.predicted == e.label for e in explanations])
    assert stated["low"] <= right <= stated["high"]


def test_held_out_scans_have_no_twin_among_the_others(held_out, brain_mri_root):
    card = xaibrain.load_model("brain-mri-efficientnet-b0").card
    kept = set(card["split"]["held_out"])
    dataset = xaibrain.load_dataset("brain-mri", root=str(brain_mri_root))
    trained_on = {image.sha256 for image in dataset if image.id not in kept}
    assert not trained_on & {image.sha256 for image in held_out}

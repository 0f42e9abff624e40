"""The map is drawn to where the mask is, by a loss that is what it says."""

import keras
import numpy as np
import pytest

from xaibrain.errors import ModelError
from xaibrain.training.fit import Fit
from xaibrain.training.guidance import LESION_CELLS, EnergyLoss, lesion_targets, with_local_scores
from xaibrain.training.prepared import Pictures
from xaibrain.training.recipe import Recipe

RNG = np.random.default_rng(0)


def small_network():
    keras.utils.set_random_seed(0)
    inputs = keras.layers.Input((16, 16, 1))
    features = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(inputs)
    features = keras.layers.AveragePooling2D(2)(features)
    pooled = keras.layers.GlobalAveragePooling2D()(features)
    return keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(pooled))


def slow_energy(target, scores, focus):
    total = 0.0
    for channel in range(scores.shape[-1]):
        energy = np.log1p(np.exp(scores[..., channel].astype(np.float64)))
        known = np.maximum(target[..., channel].astype(np.float64), 0)
        highest = energy >= np.sort(energy.ravel())[-max(1, round(energy.size * LESION_CELLS))]
        somewhere = target[..., channel].min() < 0
        lesion, weight = (np.maximum(known, highest), focus) if somewhere else (known, 1.0)
        if lesion.max() > 0:
            total -= weight * np.log((energy * lesion).sum() / energy.sum() + 1e-6)
        if somewhere and known.max() > 0:
            standing = (energy * known).sum() / known.sum() / energy[highest].mean()
            total -= np.log(min(standing, 1.0) + 1e-6)
    return total


def test_the_loss_is_the_energy_outside_the_lesion():
    scores = RNG.normal(0, 2, (4, 6, 5, 2)).astype(np.float32)
    targets = np.zeros((4, 6, 5, 2), np.float32)
    targets[0, 1:3, 2:4, 1] = RNG.uniform(0, 1, (2, 2))
    targets[1, ..., 0] = -1
    targets[2, ..., 1] = -1
    targets[2, 4:, 1:3, 1] = RNG.uniform(0, 1, (2, 2))
    loss = np.asarray(EnergyLoss(focus=0.3).call(targets, scores))
    expected = [slow_energy(*case, 0.3) for case in zip(targets, scores, strict=True)]
    np.testing.assert_allclose(loss, expected, rtol=1e-4, atol=1e-6)
    assert loss[3] == 0
    assert (loss[:3] > 0).all()


def test_the_mean_of_the_local_scores_is_the_logit():
    network = small_network()
    network.layers[-1].bias.assign([0.3, -0.2])
    images = RNG.uniform(0, 255, (2, 16, 16, 1)).astype(np.float32)
    probabilities, scores = with_local_scores(network).predict(images, verbose=0)
    logits = scores.mean(axis=(1, 2)) + np.array([0.3, -0.2])
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probabilities, expected, rtol=1e-5, atol=1e-30)


def test_targets_say_where_somewhere_and_nothing():
    masks = np.zeros((3, 4, 4, 1), np.float32)
    masks[0, :2, :2] = 1
    one_hot = np.eye(2, dtype=np.float32)[[1, 1, 0]]
    targets = np.asarray(
        lesion_targets(masks, one_hot, np.array([0, 1, 1], np.float32), np.array([False, True]), (2, 2))
    )
    assert targets[0, ..., 1].tolist() == [[1, 0], [0, 0]]
    assert (targets[1, ..., 1] == -1).all()
    assert (targets[2] == 0).all()
    assert (targets[..., 0] == 0).all()


def test_a_network_without_a_class_activation_map_is_refused():
    network = keras.Sequential([keras.layers.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(2)])
    with pytest.raises(ModelError, match="global average pooling"):
        with_local_scores(network)


def cued_pictures(count=256):
    """Class 1 shows a spot somewhere and, as a shortcut, a line that is always on the left."""
    rng = np.random.default_rng(0)
    images = rng.uniform(0, 60, (count, 16, 16, 1))
    masks = np.zeros((count, 16, 16), np.uint8)
    labels = np.arange(count) % 2
    for index in np.flatnonzero(labels):
        row, column = rng.integers(0, 13), rng.integers(4, 13)
        images[index, row : row + 3, column : column + 3] = 220
        masks[index, row : row + 3, column : column + 3] = 255
        images[index, :, :2] = 200
    return Pictures(images.astype(np.uint8), labels, masks, labels == 0)


def share_in_mask(network, pictures):
    scores = with_local_scores(network).predict(pictures.images.astype(np.float32), verbose=0)[1][..., 1]
    heat = np.maximum(scores, 0).repeat(2, axis=1).repeat(2, axis=2)[~pictures.elsewhere]
    inside = (heat * (pictures.masks[~pictures.elsewhere] > 0)).sum(axis=(1, 2))
    return float(np.mean(inside / (heat.sum(axis=(1, 2)) + 1e-9)))


def test_guidance_leads_the_map_from_the_shortcut_to_the_lesion():
    still = {"shift": 0.0, "zoom": 0.0, "rotation": 0.0, "contrast": 0.0, "flip": False}
    shares = []
    for guidance in (0.0, 1.0):
        network, pictures = small_network(), cued_pictures()
        recipe = Recipe(epochs=12, warmup_epochs=0, learning_rate=0.02, guidance=guidance, **still)
        curves = Fit(network, pictures, recipe).run()
        assert curves["accuracy"][-1] > 0.9
        # What is guided has a loss besides; a curve of its own, and a value an epoch each.
        assert set(curves) == {"accuracy", "loss"} | ({"energy_loss"} if guidance else set())
        assert {len(curve) for curve in curves.values()} == {recipe.epochs}
        shares.append(share_in_mask(network, pictures))
    assert shares[1] > 1.7 * shares[0]

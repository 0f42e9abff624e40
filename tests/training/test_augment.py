"""Augmentation moves pictures with their masks, mixes labels with pixels, and keeps the range."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from pictures import STILL, bright_and_dark, quick

from xaibrain.training.augment import geometric, mixing, photometric, rand_augment
from xaibrain.training.batches import augmentation, batches
from xaibrain.training.prepared import Pictures

STRONG = quick(shift=0.1, zoom=0.2, rotation=30.0, contrast=0.3, rand_augment=0.5)


@pytest.mark.parametrize("transform", [geometric, photometric, rand_augment])
def test_augmentation_follows_the_seed_and_keeps_the_range(transform):
    images = np.random.default_rng(0).uniform(0, 255, (4, 16, 16, 1)).astype(np.float32)

    def drawn(seed):
        keras.utils.set_random_seed(0)
        return np.asarray(transform(STRONG, seed)(tf.constant(images)))

    first, again = drawn(3), drawn(3)
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, images, atol=1)
    assert first.min() >= 0
    assert first.max() <= 255


def test_masks_move_with_their_pictures():
    masks = bright_and_dark(16).masks
    pictures = Pictures(masks[..., None].repeat(3, axis=-1), np.zeros(16, np.int64), masks, masks.any((1, 2)))
    recipe = quick(shift=0.1, zoom=0.2, rotation=30.0, contrast=0.0)
    images, moved = augmentation(pictures, recipe, 3, masks=True)(tf.range(16))
    np.testing.assert_allclose(np.asarray(images)[..., :1] / 255, moved, atol=1e-5)
    # Grey channels stay grey, though only one of them was transformed.
    np.testing.assert_array_equal(np.asarray(images)[..., 0], np.asarray(images)[..., 2])
    assert not np.allclose(np.asarray(moved)[..., 0], masks / 255, atol=0.1)


def test_labels_are_mixed_as_the_pixels_are():
    # All black is one class and all white the other: the mean of a picture is the share of its label.
    labels = np.arange(16) % 2
    images = np.broadcast_to(labels[:, None, None, None] * 255.0, (16, 20, 20, 1)).astype(np.float32)
    for recipe in (quick(mixup=0.4), quick(cutmix=1.0), quick(mixup=0.4, cutmix=1.0)):
        mixed, shares = mixing(recipe, 3)(tf.constant(images), tf.one_hot(labels, 2))
        shares = np.asarray(shares)
        np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)
        assert ((shares > 0.02) & (shares < 0.98)).any()
        # A box that CutMix pastes may reach over the edge: keras-cv counts the box, not what is left of it.
        close = np.abs(np.asarray(mixed).mean(axis=(1, 2, 3)) / 255 - shares[:, 1]) < 1e-3
        assert close.mean() >= (0.2 if recipe.cutmix else 1)


def test_an_epoch_shows_each_picture_once_in_an_order_of_its_own():
    pictures = bright_and_dark(40)
    pictures.images[:] = np.arange(40)[:, None, None, None]
    data = batches(pictures, 2, quick(**STILL))
    seen = np.concatenate([np.asarray(images)[:, 0, 0, 0] for images, *_ in data.take(2 * 3)])
    first, second = seen.reshape(2, 40).round().astype(int).tolist()
    assert sorted(first) == sorted(second) == list(range(40))
    assert first != second


def test_an_epoch_is_not_augmented_like_the_one_before():
    pictures = bright_and_dark(8)
    pictures.images[:] = pictures.images[0]
    for recipe in (quick(**{**STILL, "rotation": 30.0}), quick(**{**STILL, "contrast": 0.3})):
        keras.utils.set_random_seed(0)
        first, second = (np.asarray(images) for images, *_ in batches(pictures, 2, recipe).take(2))
        assert not np.allclose(np.sort(first, axis=0), np.sort(second, axis=0), atol=1)

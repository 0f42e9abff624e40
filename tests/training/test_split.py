"""Held-out pictures have no twin among those that are trained on."""

import numpy as np
import PIL.Image
import PIL.ImageEnhance
import pytest
from hypothesis import given
from hypothesis import strategies as st

import xaibrain
from xaibrain.audit.hashing import near_duplicate_groups, perceptual_hash
from xaibrain.errors import DatasetError
from xaibrain.training.split import inherited_split, split_by


def test_groups_are_connected_components_of_near_hashes():
    # 0 – 0b1111 are 4 bits apart, 0b1111 – 0b11111111 too: a chain; the last one is 5 bits from any.
    hashes = [0, 0b1111, 0b11111111, 0x1F << 40, 0]
    assert near_duplicate_groups(hashes).tolist() == [0, 0, 0, 1, 0]


def test_a_link_is_at_most_the_given_bits():
    assert near_duplicate_groups([0, 0b11111], bits=4).tolist() == [0, 1]
    assert near_duplicate_groups([0, 0b11111], bits=5).tolist() == [0, 0]


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=12))
def test_groups_agree_with_a_slow_search(hashes):
    groups = near_duplicate_groups(hashes)
    reached = {0}
    while True:
        more = {
            j for i in reached for j in range(len(hashes)) if (hashes[i] ^ hashes[j]).bit_count() <= 4
        } | reached
        if more == reached:
            break
        reached = more
    assert set(np.flatnonzero(groups == groups[0])) == reached


def test_no_group_is_torn_and_every_class_is_held_out():
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 120, 400)
    labels = groups % 4
    split = split_by(labels, groups, held_out=0.2, seed=3)
    assert not set(groups[split.train]) & set(groups[split.held_out])
    assert sorted([*split.train, *split.held_out]) == list(range(400))
    assert len(split.held_out) == pytest.approx(80, abs=16)
    assert set(labels[split.held_out]) == {0, 1, 2, 3}


def test_the_split_follows_the_seed():
    groups = np.arange(100)
    labels = groups % 2
    first, again, other = (split_by(labels, groups, 0.2, seed) for seed in (1, 1, 2))
    assert first.held_out.tolist() == again.held_out.tolist() != other.held_out.tolist()


def test_too_few_groups_is_one_clear_line():
    with pytest.raises(DatasetError, match="Too few distinct pictures to hold out 20%"):
        split_by(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]), 0.2, 0)


def test_a_reencoded_twin_has_a_near_hash(tmp_path):
    phantom = xaibrain.load_dataset("phantom", count=6)
    original = phantom[0]
    grey = PIL.Image.fromarray(original.pixels)
    PIL.ImageEnhance.Brightness(grey.resize((200, 200))).enhance(1.1).save(tmp_path / "twin.jpg", quality=60)
    twin = xaibrain.read_image(tmp_path / "twin.jpg")
    distance = (perceptual_hash(original) ^ perceptual_hash(twin)).bit_count()
    others = [(perceptual_hash(original) ^ perceptual_hash(phantom[i])).bit_count() for i in range(1, 6)]
    assert distance <= 4 < min(others)


def test_what_the_weights_were_kept_from_stays_held_out_less_what_has_a_twin_among_the_rest():
    ids = ["a", "b", "c", "d", "e"]
    groups = np.array([0, 0, 1, 2, 2])
    split = inherited_split(ids, groups, {"b", "c", "d", "e", "not here"})
    assert split.held_out.tolist() == [2, 3, 4]
    assert split.train.tolist() == [0, 1]


def test_weights_that_saw_everything_cannot_be_judged():
    with pytest.raises(DatasetError, match="none can be held out"):
        inherited_split(["a", "b"], np.array([0, 0]), {"b"})

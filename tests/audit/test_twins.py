"""Planted copies are found, other slices are not, and groups do not chain."""

import io

import cv2
import numpy as np
import PIL.Image
import PIL.ImageEnhance
import pytest
from hypothesis import given
from hypothesis import strategies as st

import xaibrain
from xaibrain import Image
from xaibrain.audit.aligning import Aligner
from xaibrain.audit.glance import glance, thumbnail
from xaibrain.audit.turns import TurnSearch
from xaibrain.audit.twins import find_twins, identical_groups


def turned(pixels, degrees):
    return np.array(PIL.Image.fromarray(pixels).rotate(degrees, PIL.Image.Resampling.BICUBIC))


def encoded(pixels, quality):
    file = io.BytesIO()
    PIL.Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.array(PIL.Image.open(file))


def resized(pixels, down, across):
    size = (round(pixels.shape[1] * across), round(pixels.shape[0] * down))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if across < 1 else cv2.INTER_LINEAR)


def brightened(pixels, factor):
    return np.array(PIL.ImageEnhance.Brightness(PIL.Image.fromarray(pixels)).enhance(factor))


COPIES = {
    "turned 4": lambda p: turned(p, 4),
    "turned -12": lambda p: turned(p, -12),
    "quarter": lambda p: np.rot90(p).copy(),
    "half": lambda p: np.rot90(p, 2).copy(),
    "mirrored": lambda p: p[:, ::-1].copy(),
    "mirrored and turned": lambda p: turned(p[:, ::-1].copy(), 6),
    "encoded": lambda p: encoded(p, 20),
    "smaller": lambda p: resized(p, 0.4, 0.4),
    "larger": lambda p: resized(p, 1.6, 1.6),
    "squeezed": lambda p: resized(p, 0.7, 0.55),
    "brighter": lambda p: brightened(p, 1.4),
    "darker": lambda p: brightened(p, 0.6),
    "framed": lambda p: cv2.copyMakeBorder(p, 20, 20, 20, 20, cv2.BORDER_CONSTANT),
    "all at once": lambda p: encoded(brightened(resized(turned(p, 5), 0.5, 0.5), 1.2), 60),
}


def glances_of(pictures):
    return [glance(Image(pixels, f"{index}"), index) for index, pixels in enumerate(pictures)]


def silent(what, done, total):
    pass


def planted(originals):
    """Return the originals each with one of every copy, and which original each picture shows."""
    pictures, shows = [], []
    for index, pixels in enumerate(originals):
        pictures += [pixels, *(copy(pixels) for copy in COPIES.values())]
        shows += [index] * (1 + len(COPIES))
    return pictures, np.array(shows)


def found_pairs(twins):
    equal = {(a, b) for group in twins.identical for i, a in enumerate(group) for b in group[i + 1 :]}
    return equal | {(pair.first, pair.second) for pair in twins.pairs}


def check_planted(originals):
    pictures, shows = planted(originals)
    twins = find_twins(glances_of(pictures), silent)
    found = found_pairs(twins)
    same = [(i, j) for i in range(len(shows)) for j in range(i + 1, len(shows)) if shows[i] == shows[j]]
    right = found & set(same)
    assert len(right) >= 0.95 * len(same)
    assert len(right) >= 0.95 * len(found)
    assert all(len(set(shows[group])) == 1 for group in twins.groups)
    assert sum(map(len, twins.groups)) >= 0.95 * len(pictures)


def test_planted_copies_of_phantoms_are_found_and_nothing_else():
    check_planted([image.pixels for image in xaibrain.load_dataset("phantom", count=12, seed=3)])


def test_planted_copies_of_real_slices_are_found_and_nothing_else(brain_mri_root):
    dataset = xaibrain.load_dataset("brain-mri", root=str(brain_mri_root), split="training")
    pictures = [dataset[index] for index in range(0, len(dataset), len(dataset) // 14)]
    grey = [image.pixels if image.pixels.ndim == 2 else image.pixels[..., 1] for image in pictures]
    assert not find_twins(glances_of(grey), silent).pairs
    check_planted(grey[:10])


@pytest.mark.parametrize(
    ("copy", "degrees", "mirrored"),
    [(lambda p: turned(p, 10), -10, False), (lambda p: np.rot90(p).copy(), -90, False),
     (lambda p: p[:, ::-1].copy(), 0, True)],
)  # fmt: skip
def test_the_turn_is_told(copy, degrees, mirrored):
    original = xaibrain.load_dataset("phantom", count=1)[0].pixels
    twins = find_twins(glances_of([original, copy(original)]), silent)
    (pair,) = twins.pairs
    assert pair.turn == pytest.approx(degrees, abs=1)
    assert pair.mirrored == mirrored


def test_what_changes_step_by_step_does_not_chain():
    first, last = (xaibrain.load_dataset("phantom", count=16)[index].pixels for index in (0, 12))
    steps = [np.rint(first + (last - first.astype(float)) * share).astype(np.uint8)
             for share in np.linspace(0, 1, 16)]  # fmt: skip
    twins = find_twins(glances_of(steps), silent)
    linked = {(pair.first, pair.second) for pair in twins.pairs}
    assert all((index, index + 1) in linked for index in range(15))
    assert max(map(len, twins.groups)) < 12
    assert not any({0, 15} <= set(group) for group in twins.groups)


def test_no_pair_is_lost_to_the_bound():
    pictures = list(xaibrain.load_dataset("phantom", count=24, size=128))
    search = TurnSearch(np.stack([thumbnail(image) for image in pictures]))
    every = np.argwhere(np.triu(np.ones((24, 24), bool), 1))
    best = np.max([form.best(every, flip)[0] for form in search._forms for flip in (False, True)], axis=0)
    least = float(np.median(best))
    assert search.pairs(least).tolist() == every[best >= least].tolist()


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (64, 64)])
def test_blank_and_tiny_pictures_are_compared_without_harm(shape):
    pictures = [np.full(shape, value, np.uint8) for value in (0, 255, 90)]
    twins = find_twins(glances_of(pictures), silent)
    assert (twins.pairs, twins.groups) == ([], [])


def test_one_picture_has_no_twin():
    assert find_twins(glances_of([np.eye(9, dtype=np.uint8)]), silent).groups == []


def test_alignment_ignores_brightness_and_contrast():
    original = xaibrain.load_dataset("phantom", count=1)[0].pixels
    thumbs = np.stack([thumbnail(Image(p, "x")) for p in (original, (original * 0.5 + 20).astype(np.uint8))])
    start = np.eye(2, 3, dtype=np.float32)
    assert Aligner(thumbs).align(0, 1, start).likeness > 0.99


@given(st.lists(st.sampled_from("abcd"), max_size=8))
def test_identical_groups_hold_every_repeated_digest(digests):
    groups = identical_groups(digests)
    assert sorted(p for group in groups for p in group) == [
        index for index, digest in enumerate(digests) if digests.count(digest) > 1
    ]
    assert all(len({digests[p] for p in group}) == 1 for group in groups)

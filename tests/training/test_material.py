"""A dataset is split as the recipe says, and twins across the split are counted."""

import dataclasses
import hashlib

import pytest

import xaibrain
from xaibrain.errors import DatasetError, UsageError
from xaibrain.training.material import material_of
from xaibrain.training.recipe import Recipe

COPIED = 3


class Listed:
    """Pictures in a list."""

    default_model = None

    def __init__(self, images, groups=()):
        self.images = images
        self.groups = groups
        self.class_names = tuple(sorted({image.label for image in images}))

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.images[index]

    def __iter__(self):
        return iter(self.images)


@pytest.fixture(scope="module")
def images():
    """32 drawn pictures, and copies of the first three: in a folder train, and every fourth in test."""
    drawn = list(xaibrain.load_dataset("phantom", count=32, size=64))
    named = [
        dataclasses.replace(image, id=f"{'test' if index % 4 == 3 else 'train'}/{index}.png")
        for index, image in enumerate(drawn)
    ]
    return named + [dataclasses.replace(named[index], id=f"test/copy-{index}.png") for index in range(COPIED)]


def material(images, groups=(), pretraining=None, **choices):
    data = Listed(images, groups)
    recipe = Recipe(**{"held_out": 0.25, **choices})
    return material_of(data, data.class_names, recipe, pretraining or {}, lambda *told: None)


def test_the_original_test_part_is_held_out_and_its_twins_are_counted(images):
    found = material(images, split="original")
    assert found.card()["held_out"] == [image.id for image in images if image.id.startswith("test/")]
    assert found.leaks == found.card()["twins_in_training"] == COPIED


def test_groups_keep_twins_together(images):
    found = material(images)
    assert found.leaks == 0
    groups = found.groups
    assert [groups[index] == groups[32 + index] for index in range(COPIED)] == [True] * COPIED


def test_the_datasets_own_groups_are_kept_whole(images):
    patients = [f"patient {index // 2}" for index in range(32)] + [f"patient {16 + i}" for i in range(COPIED)]
    found = material(images, patients)
    sides = {}
    for side, positions in (("in", found.split.train), ("out", found.split.held_out)):
        for position in positions:
            sides.setdefault(patients[position], set()).add(side)
    assert all(len(both) == 1 for both in sides.values())
    # A patient who shares a picture with another is on that one's side too.
    assert [found.groups[32 + i] == found.groups[i] for i in range(COPIED)] == [True] * COPIED
    assert found.method.startswith("whole groups of the dataset")


def test_what_is_watched_is_split_off_the_training_part(images):
    found = material(images, validation=0.25)
    parts = [set(part.tolist()) for part in (found.split.train, found.split.validation, found.split.held_out)]
    assert sum(map(len, parts)) == len(set.union(*parts)) == len(images)
    assert 4 <= len(parts[1]) <= 10
    assert not set(found.groups[found.split.train]) & set(found.groups[found.split.validation])


def test_the_digest_follows_pictures_and_labels_not_their_order(images):
    lines = sorted(f"{image.sha256} {image.label}" for image in images)
    expected = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    assert material(images, split="original").digest == expected
    assert material(images[::-1], split="original").digest == expected
    other = [dataclasses.replace(images[0], label=images[1].label), *images[1:]]
    assert material(other, split="original").digest != expected


def test_what_cannot_be_split_is_said(images):
    flat = [dataclasses.replace(image, id=image.id.replace("test/", "")) for image in images]
    with pytest.raises(DatasetError, match="a folder train and a folder test; use split=group"):
        material(flat, split="original")
    with pytest.raises(DatasetError, match="no readable picture"):
        material([])
    strange = [dataclasses.replace(images[0], label="cat"), *images[1:]]
    data = Listed(images)
    with pytest.raises(DatasetError, match="is labelled 'cat', and the model tells glioma_tumor"):
        material_of(Listed(strange), data.class_names, Recipe(), {}, lambda *told: None)


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        ({"epochs": 0}, "epochs=0 makes no sense; give a number from 1"),
        ({"learning_rate": -1.0}, "learning_rate=-1 makes no sense"),
        ({"held_out": 0.9}, "held_out=0.9 makes no sense; give a number from 0.01 to 0.5"),
        ({"learning_rate": float("nan")}, "learning_rate=nan makes no sense"),
        ({"patience": 3}, "give a share of them too: validation=0.1"),
        ({"guidance": 1.0, "cutmix": 1.0}, "guidance needs whole pictures"),
    ],
)
def test_recipes_that_make_no_sense_are_refused(choices, told):
    with pytest.raises(UsageError, match=told):
        Recipe(**choices)

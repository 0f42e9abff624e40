"""Datasets that are broken on purpose, each in one way; with the rule, and a part of what is told."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np

from xaibrain import Image


class Pictures:
    """A sound dataset of five pictures."""

    class_names = ("ill", "well")
    default_model = None

    def __len__(self):
        return 5

    def __getitem__(self, index):
        at = range(5)[index]
        pixels = np.random.default_rng(at).integers(0, 255, (20, 24), np.uint8)
        mask = np.zeros((20, 24), bool)
        mask[4:9, 4 + at : 9 + at] = True
        return Image(pixels, f"made/{at}", label=self.class_names[at % 2], mask=mask)

    def __iter__(self):
        return (self[index] for index in range(5))


class Empty(Pictures):
    def __len__(self):
        return 0


class NoModel(Pictures):
    default_model = 5


class TooManyIds(Pictures):
    ids = tuple("abcdef")


class WrapsRound(Pictures):
    def __getitem__(self, index):
        return super().__getitem__(index % 5)


class KeyErrors(Pictures):
    def __getitem__(self, index):
        if index >= 5:
            raise KeyError(index)
        return super().__getitem__(index)


class Backwards(Pictures):
    def __iter__(self):
        return (self[index] for index in reversed(range(5)))


class SameIds(Pictures):
    def __getitem__(self, index):
        return replace(super().__getitem__(index), id="made")


class Misspelt(Pictures):
    def __getitem__(self, index):
        image = super().__getitem__(index)
        return replace(image, label=image.label.upper())


class Restless(Pictures):
    def __getitem__(self, index):
        image = super().__getitem__(index)
        return replace(image, pixels=image.pixels ^ np.random.randint(1, 255, image.size).astype(np.uint8))


class Shares(Pictures):
    kept: ClassVar = {}

    def __getitem__(self, index):
        return self.kept.setdefault(range(5)[index], super().__getitem__(index))


class NumberedMask(Pictures):
    def __getitem__(self, index):
        image = super().__getitem__(index)
        return replace(image, mask=image.mask.astype(np.uint8))


class Plants(Pictures):
    """Plants a lesion into the very picture that it is given."""

    lesions = ("ill",)

    def plant(self, image, label, seed, *, radius=None, place=None):
        image.pixels[:4] = 255
        return replace(image, id=f"{image.id}+{label}-{seed}", label=label)


DATASETS = [
    (NoModel, "interface", "default_model"),
    (Empty, "length", "raise DatasetError"),
    (TooManyIds, "length", "6 entries for 5"),
    (WrapsRound, "end", "raise IndexError"),
    (KeyErrors, "end", "KeyError"),
    (Backwards, "order", "keep one order"),
    (SameIds, "ids", "several pictures"),
    (Misspelt, "labels", "ILL"),
    (Restless, "repeatable", "second reading"),
    (Shares, "own", "hand out a copy"),
    (NumberedMask, "masks", "make it bool"),
    (Plants, "planting", "work on a copy"),
]

"""Holds out whole groups of near-duplicates, so that no twin of a test picture was trained on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from xaibrain.errors import DatasetError


def _none() -> NDArray[np.int64]:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class Split:
    """Positions of the pictures that are trained on, of those held out, and of those watched meanwhile."""

    train: NDArray[np.int64]
    held_out: NDArray[np.int64]
    validation: NDArray[np.int64] = field(default_factory=_none)


def split_by(labels: NDArray[np.int64], groups: NDArray[np.int64], held_out: float, seed: int) -> Split:
    """Hold out about a share of the pictures: whole groups, stratified by class, seeded.

    Raises:
        DatasetError: There are too few groups of some class.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    folds = max(2, round(1 / held_out))
    if min(len(np.unique(groups[labels == label])) for label in np.unique(labels)) < folds:
        raise DatasetError(f"Too few distinct pictures to hold out {held_out:.0%}; add some to each class.")
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    train, test = next(iter(splitter.split(labels, labels, groups)))
    return Split(train.astype(np.int64), test.astype(np.int64))


def original_split(parts: Sequence[str | None]) -> Split:
    """Hold out the dataset's own test part, and watch its validation part if it has one.

    Args:
        parts: "train", "test", "validation" or None for each picture (see `xaibrain.splits`).

    Raises:
        DatasetError: There is no test part, or nothing besides.
    """
    named = np.array([part or "train" for part in parts])
    split = Split(*(np.flatnonzero(named == name) for name in ("train", "test", "validation")))
    if not len(split.train) or not len(split.held_out):
        raise DatasetError(
            "split=original needs a dataset with a folder train and a folder test; use split=group."
        )
    return split


def inherited_split(ids: Sequence[str], groups: NDArray[np.int64], held_out: Collection[str]) -> Split:
    """Hold out what the network was kept from before: only that can still show what it learned.

    A picture whose group reaches into what the network has seen is trained on.

    Raises:
        DatasetError: Nothing is left to hold out.
    """
    kept = np.isin(np.array(ids, str), list(held_out))
    seen = np.isin(groups, groups[~kept])
    if seen.all():
        raise DatasetError(
            "The weights were trained on all of these pictures or their twins, so that none can be held "
            "out. Start from other weights."
        )
    return Split(np.flatnonzero(seen), np.flatnonzero(~seen))


def part_of(
    split: Split, labels: NDArray[np.int64], groups: NDArray[np.int64], validation: float, seed: int
) -> Split:
    """Split a validation part off those pictures that are trained on, in the same way.

    Raises:
        DatasetError: There are too few groups of some class.
    """
    inner = split_by(labels[split.train], groups[split.train], validation, seed)
    return replace(split, train=split.train[inner.train], validation=split.train[inner.held_out])

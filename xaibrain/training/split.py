"""Holds out whole groups of near-duplicates, so that no twin of a test picture was trained on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xaibrain.errors import DatasetError


@dataclass(frozen=True)
class Split:
    """Positions of the pictures that are trained on and of those that are held out."""

    train: NDArray[np.int64]
    held_out: NDArray[np.int64]


def group_split(labels: NDArray[np.int64], groups: NDArray[np.int64], held_out: float, seed: int) -> Split:
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

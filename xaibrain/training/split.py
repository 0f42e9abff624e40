"""Holds out whole groups of near-duplicates, so that no twin of a test picture was trained on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xaibrain.audit.hashing import near_duplicate_groups, perceptual_hash
from xaibrain.errors import DatasetError

__all__ = ["Split", "group_split", "near_duplicate_groups", "perceptual_hash"]


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

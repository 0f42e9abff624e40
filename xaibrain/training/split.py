"""Holds out whole groups of near-duplicates, so that no twin of a test picture was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from xaibrain.core.records import Image
from xaibrain.errors import DatasetError, PluginError
from xaibrain.ops.intensity import to_byte_range

NEAR_BITS = 4
"""Pictures whose 64-bit hashes differ in at most this many bits are taken for twins. At 8 bits the
groups of the brain-MRI dataset chain into a single one of 626 pictures; at 4 they do not."""


@dataclass(frozen=True)
class Split:
    """Positions of the pictures that are trained on and of those that are held out."""

    train: NDArray[np.int64]
    held_out: NDArray[np.int64]


def perceptual_hash(image: Image) -> int:
    """Return the 64-bit DCT hash of a picture (Zauner 2010, as in the ImageHash library)."""
    try:
        import imagehash
    except ModuleNotFoundError as error:
        raise PluginError("Splitting needs ImageHash. Run: pip install 'xaibrain[train]'") from error
    grey = PillowImage.fromarray(to_byte_range(image.pixels).astype(np.uint8)).convert("L")
    return int(str(imagehash.phash(grey)), 16)


def near_duplicate_groups(hashes: Sequence[int], bits: int = NEAR_BITS) -> NDArray[np.int64]:
    """Number the groups of pictures that are linked by near-equal hashes.

    Args:
        hashes: One 64-bit hash a picture.
        bits: Largest Hamming distance of a link.

    Returns:
        (n,) group numbers from 0; connected components of the links.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    codes = np.array(hashes, np.uint64)
    links = [np.nonzero(np.bitwise_count(codes ^ code) <= bits)[0] for code in codes]
    rows = np.repeat(np.arange(len(codes)), [len(link) for link in links])
    graph = coo_array((np.ones(len(rows), np.int8), (rows, np.concatenate(links))), (len(codes),) * 2)
    groups: NDArray[np.int64] = connected_components(graph, directed=False)[1].astype(np.int64)
    return groups


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

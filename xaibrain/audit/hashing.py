"""Perceptual hashes of pictures, and how far apart they lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage

from xaibrain.core.records import Image
from xaibrain.errors import PluginError
from xaibrain.ops.intensity import to_byte_range

NEAR_BITS = 4
"""Pictures whose 64-bit hashes differ in at most this many bits are taken for near. At 8 bits the
groups of the brain-MRI dataset chain into a single one of 626 pictures; at 4 they do not."""

_ROWS = 1024


def perceptual_hash(image: Image) -> int:
    """Return the 64-bit DCT hash of a picture (Zauner 2010, as in the ImageHash library).

    Raises:
        PluginError: ImageHash is not installed.
    """
    try:
        import imagehash
    except ModuleNotFoundError as error:
        raise PluginError("Finding twins needs ImageHash. Run: pip install 'xaibrain[train]'") from error
    grey = PillowImage.fromarray(to_byte_range(image.pixels).astype(np.uint8)).convert("L")
    return int(str(imagehash.phash(grey)), 16)


def near_duplicate_groups(
    hashes: Sequence[int], bits: int = NEAR_BITS, links: Sequence[tuple[int, int]] = ()
) -> NDArray[np.int64]:
    """Number the groups of pictures that are linked by near-equal hashes.

    It errs on the side of large groups: neighbouring slices of one head often share a hash, and links
    chain. What the audit calls twins is stricter, and finds turned ones too (`xaibrain.audit.twins`).

    Args:
        hashes: One 64-bit hash a picture.
        bits: Largest Hamming distance of a link.
        links: Further pairs that belong together.

    Returns:
        (n,) group numbers from 0; connected components of the links.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = np.concatenate([near_pairs(hashes, bits), np.array(links, np.int64).reshape(-1, 2)])
    ends = (np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1]))
    graph = coo_array(ends, (len(hashes), len(hashes)))
    groups: NDArray[np.int64] = connected_components(graph, directed=False)[1].astype(np.int64)
    return groups


def near_pairs(hashes: Sequence[int], bits: int) -> NDArray[np.int64]:
    """Return the (m, 2) pairs i < j whose hashes differ in at most so many bits, in order."""
    found = [np.empty((0, 2), np.int64)]
    for start, distances in _distances(hashes):
        # Row r of a block is picture start + r, and column c is picture start + c.
        found.append(np.argwhere(np.triu(distances <= bits, 1)) + start)
    return np.concatenate(found)


def distance_histogram(hashes: Sequence[int]) -> NDArray[np.int64]:
    """Return how many pairs of pictures lie 0 … 64 bits apart: (65,)."""
    counts = np.zeros(65, np.int64)
    for _, distances in _distances(hashes):
        above = np.triu(np.ones(distances.shape, bool), 1)
        counts += np.bincount(distances[above], minlength=65)
    return counts


def _distances(hashes: Sequence[int]) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Yield blocks of Hamming distances, of so many rows against those and all that follow."""
    codes = np.array(hashes, np.uint64)
    for start in range(0, len(codes), _ROWS):
        yield start, np.bitwise_count(codes[start : start + _ROWS, None] ^ codes[None, start:])

"""Which pictures must not be parted by a split."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from xaibrain.audit.glance import Glance, Progress
from xaibrain.audit.hashing import NEAR_BITS, near_pairs
from xaibrain.audit.twins import find_twins


def groups_of(seen: Sequence[Glance], progress: Progress) -> NDArray[np.int64]:
    """Number the groups of near-duplicates: (n,), twins and pictures of near hashes share a number.

    This errs on the side of caution: the audit's twins, pairs within 4 bits of perceptual hash (most are
    neighbouring slices), and whatever these chain to. A split wants no doubt; the audit wants no chains.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    twins = find_twins(seen, progress)
    links = [pair for group in twins.groups for pair in pairwise(group)]
    near = near_pairs([glance.hash for glance in seen], NEAR_BITS)
    ends = np.concatenate([near, np.array(links, np.int64).reshape(-1, 2)])
    graph = coo_array((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), (len(seen), len(seen)))
    numbers: NDArray[np.int64] = connected_components(graph, directed=False)[1].astype(np.int64)
    return numbers

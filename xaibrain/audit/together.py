"""Which pictures must stay on one side of a split."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from xaibrain.audit.glance import Glance
from xaibrain.audit.hashing import near_duplicate_groups


def kept_together(seen: Sequence[Glance], twins: Sequence[Sequence[int]] = ()) -> NDArray[np.int64]:
    """Number the groups of pictures that tell on each other: (n,) from 0.

    This errs on the side of caution: twins, pictures of one group of the dataset (a patient), pairs
    within 4 bits of perceptual hash (most are neighbouring slices), and whatever these chain to. A split
    wants no doubt; the audit wants no chains.

    Args:
        seen: The pictures.
        twins: Groups of twins, as positions among them.
    """
    known: dict[str, list[int]] = {}
    for position, glance in enumerate(seen):
        if glance.group:
            known.setdefault(glance.group, []).append(position)
    links = [pair for group in (*twins, *known.values()) for pair in pairwise(group)]
    return near_duplicate_groups([glance.hash for glance in seen], links=links)

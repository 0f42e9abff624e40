"""Which held-out pictures have a twin among those trained on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from xaibrain.audit.leaks import copies
from xaibrain.audit.twins import Twins


def twins_across(twins: Twins, train: NDArray[np.int64], held_out: NDArray[np.int64]) -> int:
    """Return how many held-out pictures are a twin of one that is trained on."""
    trained, held = set(train.tolist()), set(held_out.tolist())
    pairs = [(first, second) for first, second, _ in copies(twins)]
    return len(
        {one for pair in pairs for one, other in (pair, pair[::-1]) if one in held and other in trained}
    )

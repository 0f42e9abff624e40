"""Which pictures must not be parted by a split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from xaibrain.audit.glance import Glance, Progress
from xaibrain.audit.together import kept_together
from xaibrain.audit.twins import find_twins


def groups_of(seen: Sequence[Glance], progress: Progress) -> NDArray[np.int64]:
    """Find the twins, and number the groups of pictures that a split keeps together: (n,)."""
    return kept_together(seen, find_twins(seen, progress).groups)

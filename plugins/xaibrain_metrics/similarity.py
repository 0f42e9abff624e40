"""How alike two maps rank their cells."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from xaibrain.types import Heatmap


def rank_correlation(first: Heatmap, second: Heatmap) -> float | None:
    """Return Spearman's rank correlation of two maps, −1 to 1; None where one of them ranks nothing."""
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        return None
    ranks = [rankdata(one.ravel()) for one in (first, second)]
    centred = [one - one.mean() for one in ranks]
    sizes = [np.sqrt((one**2).sum()) for one in centred]
    if not all(sizes):
        return None
    return float(np.clip((centred[0] * centred[1]).sum() / (sizes[0] * sizes[1]), -1, 1))

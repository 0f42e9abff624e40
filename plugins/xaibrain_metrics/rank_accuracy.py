"""Relevance rank accuracy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xaibrain_metrics.located import Localisation, Located


@dataclass(frozen=True)
class RankAccuracy(Localisation):
    """Share of the K most relevant pixels that lie within a mask of K pixels.

    Arras et al. 2022, CLEVR-XAI, arXiv:2003.07258, relevance rank accuracy. Pixels that tie for the last
    ranks, such as those without any positive evidence, share them: each counts by the chance that it would
    be among the K.
    """

    def judged(self, found: Located) -> float:
        """Return the hits among the first K, over K."""
        size = int(found.mask.sum())
        values = found.relevance.ravel()
        last = np.partition(values, len(values) - size)[len(values) - size]
        above, tied = found.relevance > last, found.relevance == last
        hits = (above & found.mask).sum()
        chance = (size - above.sum()) / tied.sum()
        return float((hits + chance * (tied & found.mask).sum()) / size)

"""Intersection over union of the map, cut at a threshold, and the lesion's outline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xaibrain import Explanation, Score, Trial
from xaibrain.errors import UsageError
from xaibrain_metrics.located import Localisation, Located, located
from xaibrain_metrics.undefined import Undefined, scores_of


class _Overlap(Localisation):
    """Base of the metrics that take a map for an outline; a box is none."""

    def score(self, trial: Trial) -> list[Score]:
        """Return one score a map; undefined where the mask is a box."""
        return scores_of(self._on_outline, trial.explanations)

    def _on_outline(self, explanation: Explanation) -> float:
        # A perfect outline of the lesion would score less here than one that fills the box.
        if explanation.image.mask is not None and explanation.image.mask_kind == "box":
            raise Undefined("the mask is a box, not an outline")
        return self.judged(located(explanation))


@dataclass(frozen=True)
class IoU(_Overlap):
    """Overlap of the lesion with the pixels of at least a share of the map's largest value.

    Intersection over union, Jaccard 1912; the threshold relative to the maximum as for class activation maps
    in Zhou et al. 2016, arXiv:1512.04150, section 3.2.

    Attributes:
        threshold: That share, above 0 and up to 1.
    """

    threshold: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1:
            raise UsageError(f"iou: threshold={self.threshold} cuts nothing; give more than 0, up to 1.")

    def judged(self, found: Located) -> float:
        """Return the intersection over the union."""
        marked = found.relevance >= self.threshold
        return float((marked & found.mask).sum() / (marked | found.mask).sum())


@dataclass(frozen=True)
class BestIoU(_Overlap):
    """Largest overlap with the lesion that any one threshold above 0 reaches.

    The threshold is chosen by looking at the mask, picture by picture: an upper bound of what the map could
    outline, and no way to outline anything. After Choe et al. 2020, arXiv:2001.07437, who choose one
    threshold for a whole dataset.
    """

    def judged(self, found: Located) -> float:
        """Return the largest intersection over union."""
        some = found.relevance > 0
        values, inside = found.relevance[some], found.mask[some]
        order = np.argsort(values)[::-1]
        # A threshold takes all pixels of one value, or none.
        ends = np.flatnonzero(np.append(np.diff(values[order]) < 0, True))
        hits = np.cumsum(inside[order])[ends]
        return float((hits / (found.mask.sum() + ends + 1 - hits)).max())

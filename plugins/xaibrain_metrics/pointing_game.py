"""The pointing game."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from xaibrain.errors import UsageError
from xaibrain_metrics.located import Localisation, Located


@dataclass(frozen=True)
class PointingGame(Localisation):
    """Whether the map's peak lies on the lesion: 1 or 0.

    Zhang et al. 2016, Top-down Neural Attention by Excitation Backprop, arXiv:1608.00507,
    without the 15 pixels of tolerance that they allow. Where several pixels share the largest value, the
    score is the share of these that hit, which is what picking one of them at random comes to.

    Attributes:
        tolerance: How far from the mask a peak still hits, in pixels of the picture.
    """

    tolerance: float = 0.0

    def __post_init__(self) -> None:
        if self.tolerance < 0:
            raise UsageError(f"pointing-game: tolerance={self.tolerance} is negative; give 0 or more.")

    def judged(self, found: Located) -> float:
        """Return the share of peak pixels within the mask."""
        target = found.mask
        if self.tolerance:
            outside = np.where(found.mask, 0, 1).astype(np.uint8)
            distance = np.asarray(cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE))
            target = distance <= self.tolerance
        return float(target[found.relevance == found.relevance.max()].mean())

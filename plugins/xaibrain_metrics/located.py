"""The positive evidence on the picture, beside the lesion: what every localisation metric compares.

Maps are compared at the size of the picture (`Explanation.on_source`), where the mask is, and only their
positive part counts: evidence against the class is no evidence for the place. Only pixels that the model
saw take part in what is compared with chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from xaibrain import Explanation, Need, Score, Trial
from xaibrain.types import Mask
from xaibrain_metrics.undefined import Undefined, refuse_unreadable, scores_of


@dataclass(frozen=True)
class Located:
    """A map and a mask on the same pixels.

    Attributes:
        relevance: (h, w) float64, the map's positive part, scaled to a largest value of 1.
        mask: (h, w) bool, with at least one pixel True.
        seen: The rows and columns that the model saw.
    """

    relevance: NDArray[np.float64]
    mask: Mask
    seen: tuple[slice, slice]


def located(explanation: Explanation) -> Located:
    """Lay the map beside the mask of its picture.

    Raises:
        Undefined: There is no mask, it is empty, or the map holds no positive evidence that could be read.
    """
    mask = explanation.image.mask
    if mask is None:
        raise Undefined("the picture has no mask")
    if not mask.any():
        raise Undefined("the mask is empty")
    refuse_unreadable(explanation)
    relevance = np.maximum(explanation.on_source().astype(np.float64), 0)
    largest = relevance.max()
    if not largest > 0:
        raise Undefined("the map is all-negative")
    top, left, bottom, right = explanation.geometry.crop
    return Located(relevance / largest, mask, (slice(top, bottom), slice(left, right)))


class Localisation:
    """Base of the metrics that compare positive evidence with a mask; 1 is best unless they say otherwise."""

    higher_is_better: ClassVar[bool] = True
    needs: ClassVar[frozenset[Need]] = frozenset({"mask"})
    range: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def score(self, trial: Trial) -> list[Score]:
        """Return one score a map; undefined where mask or map hold nothing to compare."""
        return scores_of(lambda one: self.judged(located(one)), trial.explanations)

    def judged(self, found: Located) -> float:
        """Return the value for one map."""
        raise NotImplementedError

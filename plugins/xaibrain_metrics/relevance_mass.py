"""Relevance mass: how much of the evidence lies on the lesion, and how that compares with chance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from xaibrain_metrics.located import Localisation, Located
from xaibrain_metrics.undefined import Undefined


@dataclass(frozen=True)
class RelevanceMass(Localisation):
    """Share of the positive evidence that lies within the mask.

    Arras et al. 2022, CLEVR-XAI, arXiv:2003.07258, relevance mass accuracy; Kohlbrenner et al. 2020,
    arXiv:1910.09840, as attribution localisation (their mu). A large lesion is easier: see `relevance-ratio`.
    """

    def judged(self, found: Located) -> float:
        """Return the sum within the mask over the sum."""
        return float(found.relevance[found.mask].sum() / found.relevance.sum())


@dataclass(frozen=True)
class RelevanceRatio(Localisation):
    """Relevance mass over the mask's share of the area: how many times better than a uniform map.

    Kohlbrenner et al. 2020, arXiv:1910.09840, weighted attribution localisation (their mu_w). The area is
    that which the model saw, so that a map that is the same everywhere scores 1; the most that a picture
    allows is that area over the lesion's.
    """

    range: ClassVar[tuple[float, float]] = (0.0, math.inf)

    def judged(self, found: Located) -> float:
        """Return the mass over the area's share."""
        area = float(found.mask[found.seen].mean())
        if area == 0:
            raise Undefined("the model did not see the lesion")
        return RelevanceMass().judged(found) / area

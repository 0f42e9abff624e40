"""Area under the receiver operating characteristic."""

from __future__ import annotations

from dataclasses import dataclass

from sklearn.metrics import roc_auc_score

from xaibrain_metrics.located import Localisation, Located
from xaibrain_metrics.undefined import Undefined


@dataclass(frozen=True)
class AUC(Localisation):
    """Chance that a pixel of the lesion has more positive evidence than one beside it; ties count half.

    Area under the curve of Fawcett 2006, An introduction to ROC analysis, with the map as the score of each
    pixel, over the pixels that the model saw. 0.5 is chance. Where most of the picture is easy to rule out
    (a dark ground), high values come cheap.
    """

    def judged(self, found: Located) -> float:
        """Return the area under the curve."""
        mask = found.mask[found.seen].ravel()
        if not mask.any():
            raise Undefined("the model did not see the lesion")
        if mask.all():
            raise Undefined("the mask covers all that the model saw")
        return float(roc_auc_score(mask, found.relevance[found.seen].ravel()))

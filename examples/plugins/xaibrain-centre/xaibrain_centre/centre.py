"""The explainer `centre`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xaibrain import Capability, Model, target_scores
from xaibrain.errors import UsageError
from xaibrain.types import Heatmaps, Images, Targets


@dataclass(frozen=True)
class Centre:
    """Spreads the class score around the centre, whatever the picture shows.

    Heads stand in the middle of scans, and so do many lesions: a method that finds
    lesions no better than this has found nothing.

    Attributes:
        width: Standard deviation of the Gaussian, as a share of the picture's sides.
    """

    width: float = 0.25
    requires: ClassVar[frozenset[Capability]] = frozenset({"logits"})

    def __post_init__(self) -> None:
        if self.width <= 0:
            raise UsageError(
                f"centre: width={self.width} is too small; give more than 0."
            )

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return (n, h, w) float32 in logits; a map adds up to its score."""
        rows, columns = (_bell(side, self.width) for side in images.shape[1:3])
        bell = np.outer(rows, columns)
        scores = target_scores(model.logits(images), targets)
        return (scores[:, None, None] * bell / bell.sum()).astype(np.float32)


def _bell(side: int, width: float) -> np.ndarray:
    """Return a Gaussian over the centres of the cells of one side."""
    place = (np.arange(side) + 0.5) / side - 0.5
    return np.exp(-((place / width) ** 2) / 2)

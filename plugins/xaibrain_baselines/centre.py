"""The centre of the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from xaibrain import Capability, Model
from xaibrain.errors import UsageError
from xaibrain.types import Heatmaps, Images, Targets


@dataclass(frozen=True)
class Centre:
    """A Gaussian in the middle of the input, whatever the picture shows.

    Heads stand in the middle of scans, and so do many lesions: a method that finds lesions no better than
    this has found nothing.

    Attributes:
        width: Standard deviation, as a share of the input's sides.
    """

    width: float = 0.25
    requires: ClassVar[frozenset[Capability]] = frozenset()

    def __post_init__(self) -> None:
        if self.width <= 0:
            raise UsageError(f"baseline-centre: width={self.width} is too small; give more than 0.")

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return (n, h, w) float32 at the input's resolution, from 0 to 1."""
        rows, columns = (self._bell(side) for side in images.shape[1:3])
        return np.repeat(np.outer(rows, columns)[None], len(images), axis=0).astype(np.float32)

    def _bell(self, side: int) -> NDArray[np.float64]:
        place = (np.arange(side) + 0.5) / side - 0.5
        bell: NDArray[np.float64] = np.exp(-((place / self.width) ** 2) / 2)
        return bell

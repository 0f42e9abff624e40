"""The edges of the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from xaibrain import Capability, Model
from xaibrain.errors import UsageError
from xaibrain.types import Heatmaps, Images, Targets


@dataclass(frozen=True)
class Edges:
    """The steepness of the picture's brightness (Sobel), whatever the model says.

    Maps of gradients often look like this: Adebayo et al. 2018, arXiv:1810.03292, found an edge detector hard
    to tell from some methods.

    Attributes:
        sigma: Standard deviation, in pixels of the input, of a Gaussian that smooths the picture first;
            0 for none.
    """

    sigma: float = 1.0
    requires: ClassVar[frozenset[Capability]] = frozenset()

    def __post_init__(self) -> None:
        if self.sigma < 0:
            raise UsageError(f"baseline-edges: sigma={self.sigma} is too small; give 0 or more.")

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return (n, h, w) float32 at the input's resolution, from 0 up, in units of the input a pixel."""
        return np.stack([self._steepness(image.mean(axis=2, dtype=np.float32)) for image in images])

    def _steepness(self, grey: NDArray[np.float32]) -> NDArray[np.float32]:
        if self.sigma > 0:
            grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), self.sigma))
        # Sobel's kernel sums to 8 times the difference of two neighbours but one.
        along = [np.asarray(cv2.Sobel(grey, cv2.CV_32F, *way, scale=1 / 8)) for way in ((1, 0), (0, 1))]
        return np.hypot(*along)

"""Chance."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from xaibrain import Capability, Model
from xaibrain.errors import UsageError
from xaibrain.types import Heatmaps, Images, Targets


@dataclass(frozen=True)
class Random:
    """Numbers that have nothing to do with the picture, save that they are the same for it every time.

    Attributes:
        cells: Rows and columns of the map; few make the blobs that maps of a layer are made of.
        seed: Starts the draws, which depend on it and on the picture alone.
    """

    cells: int = 8
    seed: int = 0
    requires: ClassVar[frozenset[Capability]] = frozenset()

    def __post_init__(self) -> None:
        if self.cells < 1 or self.seed < 0:
            raise UsageError(
                "baseline-random: cells must be 1 or more and seed 0 or more; change what you set."
            )

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return (n, cells, cells) float32, drawn evenly from 0 to 1."""
        return np.stack([self._drawn(image) for image in images])

    def _drawn(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        digest = hashlib.sha256(np.ascontiguousarray(image, np.float32).tobytes()).digest()
        words = [int(word) for word in np.frombuffer(digest, np.uint32)]
        return np.random.default_rng([self.seed, *words]).random((self.cells, self.cells), np.float32)

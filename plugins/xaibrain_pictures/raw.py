"""Raw maps as NumPy files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from xaibrain import Explanation


@dataclass(frozen=True)
class RawWriter:
    """Writes each map as it is: (h, w) float32, signed, at the resolution of the layer."""

    volumes: ClassVar[bool] = False
    parallel: ClassVar[bool] = True

    def write(self, explanations: Sequence[Explanation], folder: Path, stem: str) -> list[Path]:
        """Write one `.npy` file."""
        [explanation] = explanations
        path = folder / f"{stem}.npy"
        np.save(path, explanation.heatmap)
        return [path]

"""Raw maps as NumPy files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.lib.format import dtype_to_descr, write_array_header_1_0

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
        heatmap = np.ascontiguousarray(explanation.heatmap)
        path.write_bytes(_header(heatmap.dtype, heatmap.shape) + heatmap.tobytes())
        return [path]


@cache
def _header(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    """Return what stands before the numbers; `numpy.save` makes it anew for each of thousands of maps."""
    header = BytesIO()
    described = {"descr": dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    write_array_header_1_0(header, described)
    return header.getvalue()

"""The colour maps that a page offers; the first is that of the overlays."""

from __future__ import annotations

import matplotlib
import numpy as np
from numpy.typing import NDArray

from xaibrain.render.overlay import colours_of

SIGNED = "signed"
"""Two-sided: evidence against the class too; its middle is 0."""


def colour_tables() -> dict[str, NDArray[np.uint8]]:
    """Return name to colours, (256, 3) RGB from none to most; for `SIGNED`, from against to for."""
    levels = np.linspace(0, 1, 256, dtype=np.float32)
    tables = {"inferno": colours_of(levels[None])[0]}
    for name, map_of in (
        ("viridis", "viridis"),
        ("cividis", "cividis"),
        ("grey", "gray"),
        (SIGNED, "RdBu_r"),
    ):
        tables[name] = matplotlib.colormaps[map_of](levels, bytes=True)[:, :3]
    return tables

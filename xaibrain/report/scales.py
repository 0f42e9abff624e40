"""The scales that maps are painted on: of a map, of a volume's maps by a method, of all maps by a method."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from xaibrain.core.geometry import Geometry
from xaibrain.types import Heatmap

Ends = dict[str, Any]
"""`top`, the raw value at the end of a scale from 0, and `magnitude`, that at the ends of a two-sided one."""


def no_ends() -> Ends:
    """Return the scale of no map."""
    return {"top": 0.0, "magnitude": 0.0}


def widen(ends: Ends, map_ends: Mapping[str, Any], status: str) -> None:
    """Let a scale hold a map too, as far as a map of its status is painted."""
    if status == "ok":
        ends["top"] = max(ends["top"], map_ends["top"])
    if status in ("ok", "all-negative"):
        ends["magnitude"] = max(ends["magnitude"], map_ends["magnitude"])


def ends_of(heatmap: Heatmap, geometry: Geometry) -> Ends:
    """Return the ends of a map's scale on its scan, and where it is strongest: row, column and value."""
    laid = geometry.to_source(heatmap)
    if not np.isfinite(laid).any():
        return {**no_ends(), "peak": None}
    row, column = np.unravel_index(int(np.nanargmax(laid)), laid.shape)
    top = float(laid[row, column])
    return {
        "top": max(top, 0.0),
        "magnitude": float(np.nanmax(np.abs(laid))),
        "peak": [int(row), int(column), top],
    }

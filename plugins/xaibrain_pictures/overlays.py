"""Overlays as PNG files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from xaibrain import Explanation
from xaibrain.render.overlay import overlay
from xaibrain.render.png import encoded


@dataclass(frozen=True)
class OverlayWriter:
    """Draws each map over its scan, as `xaibrain.render.overlay` does."""

    volumes: ClassVar[bool] = False
    parallel: ClassVar[bool] = True

    def write(self, explanations: Sequence[Explanation], folder: Path, stem: str) -> list[Path]:
        """Write one PNG file."""
        [explanation] = explanations
        path = folder / f"{stem}.png"
        path.write_bytes(encoded(overlay(explanation)))
        return [path]

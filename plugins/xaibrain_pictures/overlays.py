"""Overlays as PNG files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import PIL.Image

from xaibrain import Explanation
from xaibrain.render.overlay import overlay


@dataclass(frozen=True)
class OverlayWriter:
    """Draws each map over its scan, as `xaibrain.render.overlay` does."""

    volumes: ClassVar[bool] = False

    def write(self, explanations: Sequence[Explanation], folder: Path, stem: str) -> list[Path]:
        """Write one PNG file."""
        [explanation] = explanations
        path = folder / f"{stem}.png"
        PIL.Image.fromarray(overlay(explanation)).save(path, format="PNG")
        return [path]

"""Overlays as picture files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import cv2

from xaibrain import Explanation
from xaibrain.errors import UsageError
from xaibrain.render.overlay import overlay
from xaibrain.render.png import encoded

_HALF = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420


@dataclass(frozen=True)
class JpegWriter:
    """Draws each map over its scan, as `xaibrain.render.overlay` does; a sixth of the bytes of a PNG.

    Colours are kept at half the resolution of brightness, which is what a map needs, and letters are grey.

    Attributes:
        quality: 1 to 100, as libjpeg counts it.

    Raises:
        UsageError: The quality is none of these.
    """

    volumes: ClassVar[bool] = False
    parallel: ClassVar[bool] = True
    quality: int = 90

    def __post_init__(self) -> None:
        if not 1 <= self.quality <= 100:
            raise UsageError(f"quality={self.quality} makes no sense; give a number from 1 to 100.")

    def write(self, explanations: Sequence[Explanation], folder: Path, stem: str) -> list[Path]:
        """Write one JPEG file."""
        [explanation] = explanations
        path = folder / f"{stem}.jpg"
        drawn = cv2.cvtColor(overlay(explanation), cv2.COLOR_RGB2BGR)
        how = (cv2.IMWRITE_JPEG_QUALITY, self.quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, _HALF)
        path.write_bytes(cv2.imencode(".jpg", drawn, how)[1].tobytes())
        return [path]


@dataclass(frozen=True)
class PngWriter:
    """The same without loss: where there is no evidence, the very pixels of the scan."""

    volumes: ClassVar[bool] = False
    parallel: ClassVar[bool] = True

    def write(self, explanations: Sequence[Explanation], folder: Path, stem: str) -> list[Path]:
        """Write one PNG file."""
        [explanation] = explanations
        path = folder / f"{stem}.png"
        path.write_bytes(encoded(overlay(explanation)))
        return [path]

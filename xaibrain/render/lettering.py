"""Text on pictures."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PIL import ImageFont


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return DejaVu Sans, which Matplotlib brings and which has most scripts, without importing it."""
    spec = find_spec("matplotlib")
    if spec and spec.origin:
        path = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
        if path.is_file():
            return ImageFont.truetype(str(path), size)
    return ImageFont.load_default(size)


def width_of(text: str, size: int) -> int:
    """Return how many pixels wide a line is."""
    return round(font(size).getlength(text))


def shortened(text: str, size: int, room: int) -> str:
    """Cut the middle out of a line until it fits, so that both its ends can be read."""
    if width_of(text, size) <= room:
        return text
    keep = len(text) - 1
    while keep > 2 and width_of(_cut(text, keep), size) > room:
        keep -= 1
    return _cut(text, keep)


def _cut(text: str, keep: int) -> str:
    tail = keep // 2
    return f"{text[: keep - tail]}…{text[len(text) - tail :]}"

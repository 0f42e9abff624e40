"""Text on pictures."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from math import ceil, floor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

_LEAST = 10
"""Pixels; smaller letters cannot be read."""

_NOWHERE = Image.new("RGB", (1, 1))


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return DejaVu Sans, which Matplotlib brings and which has most scripts, without importing it."""
    spec = find_spec("matplotlib")
    if spec and spec.origin:
        path = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
        if path.is_file():
            return ImageFont.truetype(str(path), size)
    return ImageFont.load_default(size)


def write(
    canvas: NDArray[np.uint8],
    place: tuple[int, int],
    text: str,
    size: int,
    ink: tuple[int, int, int],
    anchor: str = "la",
) -> None:
    """Write a line on a picture; what lies outside it is cut off.

    Args:
        canvas: (h, w, 3) RGB; changed where the letters are, and only there looked at.
        place: Column and row of the anchor.
        text: One line.
        size: Of the letters, in pixels.
        ink: Their colour.
        anchor: Which point of the line lies there, as Pillow calls it.
    """
    box = ImageDraw.Draw(_NOWHERE).textbbox(place, text, font(size), anchor)
    left, top, right, bottom = max(0, floor(box[0])), max(0, floor(box[1])), ceil(box[2]), ceil(box[3])
    part = canvas[top:bottom, left:right]
    if not part.size:
        return
    page = Image.fromarray(part)
    at = (place[0] - left, place[1] - top)
    ImageDraw.Draw(page).text(at, text, fill=ink, font=font(size), anchor=anchor)
    part[:] = np.asarray(page)


def width_of(text: str, size: int) -> int:
    """Return how many pixels wide a line is."""
    return round(font(size).getlength(text))


def fitted(text: str, size: int, room: int) -> int:
    """Return the largest size up to this one at which a line fits, or the least that can be read."""
    return next((one for one in range(size, _LEAST, -1) if width_of(text, one) <= room), _LEAST)


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

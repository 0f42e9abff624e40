"""Text on pictures."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import ImageFont

_LEAST = 10
"""Pixels; smaller letters cannot be read."""


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Return DejaVu Sans, which Matplotlib brings and which has most scripts, without importing it."""
    spec = find_spec("matplotlib")
    if spec and spec.origin:
        path = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
        if path.is_file():
            return ImageFont.truetype(str(path), size)
    # Pillow's other kind of font is for builds without FreeType, which it does not give out.
    return cast(ImageFont.FreeTypeFont, ImageFont.load_default(size))


def write(
    canvas: NDArray[np.uint8],
    place: tuple[int, int],
    text: str,
    size: int,
    ink: tuple[int, int, int],
    anchor: str = "la",
    ground: tuple[int, int, int] | None = None,
) -> None:
    """Write a line on a picture; what lies outside it is cut off.

    Args:
        canvas: (h, w, 3) RGB; changed where the letters are.
        place: Column and row of the anchor.
        text: One line.
        size: Of the letters, in pixels.
        ink: Their colour.
        anchor: Which point of the line lies there, as Pillow calls it.
        ground: What the canvas holds there, where it is of one colour: the line is then laid down as it was
            printed before.
    """
    covered, (across, down) = _letters(text, size, anchor)
    left, top = place[0] + across, place[1] + down
    within = (slice(max(0, -top), None), slice(max(0, -left), None))
    covered = covered[within]
    part = canvas[max(0, top) :, max(0, left) :][: covered.shape[0], : covered.shape[1]]
    inside = (slice(part.shape[0]), slice(part.shape[1]))
    if ground is None:
        part[:] = _inked(part, covered[inside], ink)
    else:
        part[:] = _printed(text, size, anchor, ink, ground)[within][inside]


def _inked(ground: Any, covered: NDArray[np.uint8], ink: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Return (h, w, 3): ink over a ground, as far as letters cover it, (h, w)."""
    below = np.asarray(ground, np.float32)
    share = covered[..., None] / np.float32(255)
    return np.rint(below + (np.array(ink, np.float32) - below) * share).astype(np.uint8)


@lru_cache(maxsize=1024)
def _printed(
    text: str, size: int, anchor: str, ink: tuple[int, int, int], ground: tuple[int, int, int]
) -> NDArray[np.uint8]:
    """Return a line on a ground of one colour: (h, w, 3)."""
    return _inked(ground, _letters(text, size, anchor)[0], ink)


@lru_cache(maxsize=1024)
def _letters(text: str, size: int, anchor: str) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """Return how far letters cover pixels, (h, w), and where these begin: columns and rows from the anchor.

    Kept, since the lines on the pictures of a run are mostly the same.
    """
    # Not by `ImageDraw`, which lays letters out twice: to find the box, and to draw them.
    mask, (left, top) = font(size).getmask2(text, "L", anchor=anchor)
    columns, rows = mask.size
    letters = np.array(mask, np.uint8).reshape(rows, columns)
    return letters, (left, top)


@lru_cache(maxsize=1024)
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

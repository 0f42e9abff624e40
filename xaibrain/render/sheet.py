"""Many pictures on one page."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from xaibrain.render.overlay import Picture

_GAP = 8
_PAPER = 12
_WIDEST = 6


def contact_sheet(pictures: Sequence[Picture], columns: int = 0, cell: int = 300) -> Picture:
    """Lay pictures out in rows, each shrunk to a cell, none enlarged.

    Args:
        pictures: At least one, of any sizes.
        columns: How many side by side; about a 4:3 page if 0.
        cell: Height and width of a cell in pixels.

    Returns:
        (h, w, 3) uint8 RGB.
    """
    columns = min(columns or math.ceil(math.sqrt(len(pictures) * 4 / 3)), len(pictures))
    small = [_shrunk(picture, cell) for picture in pictures]
    rows = [small[start : start + columns] for start in range(0, len(small), columns)]
    heights = [max(picture.shape[0] for picture in row) for row in rows]
    size = (sum(heights) + _GAP * (len(rows) + 1), columns * (cell + _GAP) + _GAP, 3)
    page = np.full(size, _PAPER, np.uint8)
    top = _GAP
    for row, height in zip(rows, heights, strict=True):
        for column, picture in enumerate(row):
            left = _GAP + column * (cell + _GAP) + (cell - picture.shape[1]) // 2
            page[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
        top += height + _GAP
    return page


def in_one_row(sizes: Sequence[int]) -> int:
    """Return how many pictures to lay side by side so that those that belong together share a row.

    Args:
        sizes: How many pictures each group holds, at least one group.

    Returns:
        A multiple of that number for a page of about 4:3; 0 (as many as may be) where groups differ in
        size, hold one picture each, or are too wide for a page.
    """
    if len(set(sizes)) > 1 or not 1 < sizes[0] <= _WIDEST:
        return 0
    return sizes[0] * max(1, round(math.sqrt(sum(sizes) * 4 / 3) / sizes[0]))


def _shrunk(picture: Picture, cell: int) -> Picture:
    scale = min(1.0, cell / max(picture.shape[:2]))
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)

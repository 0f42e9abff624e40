"""Which side is which, which slice it is, and how long a centimetre is, on a scan whose file says so."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw

from xaibrain.core.records import Image
from xaibrain.render.lettering import font

_LEAST = 96
_INK, _EDGE = (244, 244, 245), (24, 24, 27)
_LENGTHS = (100, 50, 20, 10, 5, 2, 1)


def marked(scan: NDArray[np.uint8], image: Image) -> NDArray[np.uint8]:
    """Write on a scan the sides of the patient, the number of the slice, and a bar of a round length.

    Args:
        scan: (h, w, 3) RGB, the picture in its own pixels.
        image: What is known of it; without a place no sides are written, without a spacing no bar, and
            no number on a picture that is a volume of its own.

    Returns:
        (h, w, 3) RGB; the scan as it is where it is too small to write on.
    """
    height, width = scan.shape[:2]
    if min(height, width) < _LEAST or not (image.place or image.spacing):
        return scan
    page = Pillow.fromarray(scan)
    draw = ImageDraw.Draw(page)
    size = max(11, width // 24)
    if image.place:
        spots = (
            (size, height // 2),
            (width - size, height // 2),
            (width // 2, size),
            (width // 2, height - size),
        )
        for spot, letter in zip(spots, image.place.edges, strict=True):
            _write(draw, spot, letter, size, "mm")
        if image.id != image.place.volume:
            corner = (size // 2, size // 2)
            _write(draw, corner, f"slice {image.place.index}", max(10, size - 2), "lt")
    if image.spacing:
        _bar(draw, image.spacing[1], height, width, size)
    return np.array(page)


def _bar(draw: ImageDraw.ImageDraw, step: float, height: int, width: int, size: int) -> None:
    """Draw the longest round length that takes at most a third of the width."""
    length = next((length for length in _LENGTHS if length / step <= width / 3), None)
    if length is None:
        return
    left, bottom, thick = size // 2, height - size // 2, max(2, size // 6)
    right = left + round(length / step)
    draw.rectangle((left - 1, bottom - thick - 1, right + 1, bottom + 1), fill=_EDGE)
    draw.rectangle((left, bottom - thick, right, bottom), fill=_INK)
    _write(draw, (left, bottom - thick - 2), f"{length} mm", max(10, size - 2), "lb")


def _write(draw: ImageDraw.ImageDraw, spot: tuple[int, int], text: str, size: int, anchor: str) -> None:
    draw.text(spot, text, fill=_INK, font=font(size), anchor=anchor, stroke_width=1, stroke_fill=_EDGE)

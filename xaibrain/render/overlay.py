"""One explanation as a picture: the scan in its own pixels, the map over it, the raw scale beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw

from xaibrain.core.records import Explanation, Image
from xaibrain.core.targets import sides_of
from xaibrain.ops.intensity import to_byte_range
from xaibrain.render.lettering import font, shortened

Picture: TypeAlias = NDArray[np.uint8]
"""(h, w, 3) RGB."""

_LEAST_WIDTH, _LEAST_HEIGHT = 300, 96
_PAPER, _INK, _FAINT, _ALERT = (24, 24, 27), (244, 244, 245), (161, 161, 170), (251, 191, 36)
STRONGEST = 0.8
"""Opacity of the strongest evidence."""

MEANING = {
    "all-negative": "all-negative: no evidence for this class here",
    "constant": "constant: the map says nothing",
    "non-finite": "non-finite: the map holds NaN or infinity",
    "saturated": "saturated: the gradient vanished",
}
"""What stands in the place of a map that cannot be read, by its status."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things lie around a scan of a size.

    Lettering grows with the scan, so that a contact sheet of large scans can be read too.

    Attributes:
        scan: Height and width of the scan.
    """

    scan: tuple[int, int]

    @property
    def text(self) -> int:
        """Size of the lettering in pixels."""
        return max(13, round(self.scan[1] / 22))

    @property
    def title(self) -> int:
        """Height of the title; the scan's first row lies below it."""
        return round(self.text * 3.4)

    @property
    def bar(self) -> tuple[int, int, int, int]:
        """Top, left, bottom and right of the colour bar."""
        left = self.scan[1] + self.text // 2
        return (self.title + self.text // 2, left, self.size[0] - self.text // 2, left + self.text)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the whole picture."""
        height = self.title + max(self.scan[0], _LEAST_HEIGHT)
        return (height, max(self.scan[1] + round(self.text * 5.6), _LEAST_WIDTH))


def overlay(explanation: Explanation) -> Picture:
    """Draw an explanation.

    Positive evidence is laid over the scan, opaque in proportion to its strength; negative evidence is
    clipped. A map that cannot be read (status other than `ok`) is not drawn: its status stands in the
    title instead. The bar shows the raw scale from 0 to the largest value of the map on the scan.

    Returns:
        (h, w, 3) uint8 RGB. The scan lies unscaled at row `Layout.title`, column 0.
    """
    scan = in_colour(as_shown(explanation.image))
    height, width = scan.shape[:2]
    layout = Layout((height, width))
    canvas = np.full((*layout.size, 3), _PAPER, np.uint8)
    positive = np.maximum(explanation.on_source(), np.float32(0))
    top = float(positive.max()) if explanation.status == "ok" else 0.0
    shown = blend(scan, (positive / top).astype(np.float32)) if top > 0 else scan
    canvas[layout.title : layout.title + height, :width] = shown
    if top > 0:
        canvas = _with_bar(canvas, layout, top)
    return _with_title(canvas, layout, explanation)


def blend(scan: Picture, strength: NDArray[np.float32]) -> Picture:
    """Lay a map from 0 to 1 over a scan, in the colours of `inferno`, clear where it is 0.

    Args:
        scan: (h, w, 3) RGB.
        strength: (h, w).
    """
    colours = colours_of(strength).astype(np.float32)
    opacity = (STRONGEST * strength)[..., None]
    mixed: Picture = np.rint(scan * (1 - opacity) + colours * opacity).astype(np.uint8)
    return mixed


def colours_of(strength: NDArray[np.float32]) -> Picture:
    """Return the colours of `inferno` for values from 0 to 1, (h, w)."""
    levels = np.rint(np.clip(strength, 0, 1) * 255).astype(np.uint8)
    coloured = cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    picture: Picture = coloured.astype(np.uint8)
    return picture


def as_shown(image: Image) -> NDArray[np.uint8]:
    """Return the pixels of a picture as they are shown: (h, w) grey or (h, w, 3) RGB."""
    return np.rint(to_byte_range(image.pixels)).astype(np.uint8)


def in_colour(pixels: NDArray[np.uint8]) -> Picture:
    """Return grey pixels as RGB, and RGB as it is."""
    return np.repeat(pixels[..., None], 3, axis=2) if pixels.ndim == 2 else pixels


def _with_bar(canvas: Picture, layout: Layout, top: float) -> Picture:
    """Draw the colour bar with its raw values to the right of the scan."""
    start, left, end, right = layout.bar
    ramp = np.linspace(1, 0, end - start, dtype=np.float32)[:, None].repeat(right - left, axis=1)
    canvas[start:end, left:right] = colours_of(ramp)
    page = Pillow.fromarray(canvas)
    draw = ImageDraw.Draw(page)
    small, place = font(layout.text - 2), right + layout.text // 3
    draw.text((place, start), f"{top:.3g}", fill=_FAINT, font=small, anchor="la")
    draw.text((place, end), "0", fill=_FAINT, font=small, anchor="ld")
    return np.array(page)


def _with_title(canvas: Picture, layout: Layout, explanation: Explanation) -> Picture:
    page = Pillow.fromarray(canvas)
    draw = ImageDraw.Draw(page)
    size, pad = layout.text, layout.text // 2
    room = canvas.shape[1] - 2 * pad
    sides = sides_of(explanation.target, tuple(explanation.probabilities))
    explained = " against ".join(_with_p(explanation, side) for side in sides)
    first = f"{explanation.provenance.explainer}: {explained}"
    if explanation.status != "ok":
        second, ink = MEANING[explanation.status], _ALERT
    else:
        second, ink = _verdict(explanation), _FAINT
    draw.text((pad, round(size * 0.35)), shortened(first, size, room), fill=_INK, font=font(size))
    draw.text((pad, round(size * 1.85)), shortened(second, size - 1, room), fill=ink, font=font(size - 1))
    return np.array(page)


def _with_p(explanation: Explanation, name: str) -> str:
    return f"{name} {explanation.probabilities[name]:.2f}"


def _verdict(explanation: Explanation) -> str:
    label, predicted = explanation.label, explanation.predicted
    if predicted == explanation.target:
        told = "the prediction"
    else:
        told = f"predicted {_with_p(explanation, predicted)}"
    return told if label is None else f"{told}; {'right' if label == predicted else f'truly {label}'}"

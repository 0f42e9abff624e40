"""One explanation as a picture: the scan in its own pixels, the map over it, the raw scale beside it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from xaibrain.core.records import Explanation, Image
from xaibrain.core.targets import sides_of
from xaibrain.ops.intensity import to_byte_range
from xaibrain.render.lettering import fitted, shortened, write
from xaibrain.render.marks import marked

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
        return (height, max(self.scan[1] + round(self.text * 6.5), _LEAST_WIDTH))


def overlay(explanation: Explanation) -> Picture:
    """Draw an explanation.

    Positive evidence is laid over the scan, opaque in proportion to its strength; negative evidence is
    clipped. A map that cannot be read (status other than `ok`) is not drawn: its status stands in the
    title instead. The bar shows the raw scale from 0 to the largest value of the map on the scan. Where the
    file says so, the patient's sides (R, L, A, P, S, I) stand at the edges, and a length at the bottom.

    Returns:
        (h, w, 3) uint8 RGB. The scan lies unscaled at row `Layout.title`, column 0.
    """
    scan = as_shown(explanation.image)
    height, width = scan.shape[:2]
    layout = Layout((height, width))
    laid = explanation.on_source()
    top = float(laid.max()) if explanation.status == "ok" else 0.0
    canvas = _paper(layout, with_bar=top > 0).copy()
    shown = blend(scan, np.divide(laid, np.float32(top), out=laid)) if top > 0 else in_colour(scan)
    canvas[layout.title : layout.title + height, :width] = marked(shown, explanation.image)
    if top > 0:
        start, _, _, right = layout.bar
        write(canvas, (right + layout.text // 3, start), f"{top:.3g}", layout.text - 2, _FAINT, ground=_PAPER)
    _write_title(canvas, layout, explanation)
    return canvas


def blend(scan: NDArray[np.uint8], strength: NDArray[np.float32]) -> Picture:
    """Lay a map over a scan, in the colours of `inferno`, clear where it is 0 or less.

    Args:
        scan: (h, w) grey or (h, w, 3) RGB.
        strength: (h, w), 1 at the strongest; 256 levels above 0 are told apart.
    """
    positive = cv2.threshold(strength, 0, 0, cv2.THRESH_TOZERO)[1]
    levels = cv2.convertScaleAbs(positive, alpha=255)
    if scan.ndim == 2:
        mixed = np.asarray(cv2.LUT(_places(scan, levels), _mixed()))
        pixels = mixed.view(np.uint8).reshape(*scan.shape, 4)
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGBA2RGB), np.uint8)
    pairs = zip(_mixed_apart(), cv2.split(scan), strict=True)
    planes = [cv2.LUT(_places(plane, levels), table) for table, plane in pairs]
    return np.asarray(cv2.merge(planes), np.uint8)


def _places(plane: NDArray[Any], levels: NDArray[Any]) -> NDArray[np.uint16]:
    """Return where in `_mixed` each pixel finds its colour: (h, w), of a plane and levels that are uint8."""
    return np.asarray(cv2.merge([plane, levels]), np.uint8).view("<u2")[..., 0]


@cache
def _mixed() -> NDArray[np.int32]:
    """Return what 256 levels make of 256 grey values: (1, 65536), level by level.

    Each is red, green, blue and 0 in one number, so that looking up once is enough for a grey scan.
    """
    values = np.arange(256, dtype=np.float32)
    opacity = (np.float32(STRONGEST / 255) * values)[:, None]
    mixed = np.zeros((65536, 4), np.uint8)
    for at, colour in enumerate(_inferno()[:, 0].T):
        mixed[:, at] = np.rint(colour[:, None] * opacity + values * (1 - opacity)).ravel()
    return mixed.view(np.int32).T


@cache
def _mixed_apart() -> list[NDArray[np.uint8]]:
    """Return red, green and blue of `_mixed`, for scans in colour: each (1, 65536)."""
    return [np.ascontiguousarray(_mixed().view(np.uint8)[:, at::4]) for at in range(3)]


def colours_of(strength: NDArray[np.float32]) -> Picture:
    """Return the colours of `inferno` for values from 0 to 1, (h, w)."""
    levels = cv2.convertScaleAbs(strength, alpha=255)
    return np.asarray(cv2.applyColorMap(levels, _inferno()), np.uint8)


@cache
def _inferno() -> Picture:
    """Return the colours of 256 levels as RGB; OpenCV has them as BGR."""
    levels = np.arange(256, dtype=np.uint8)[:, None]
    colours: Picture = cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO)[..., ::-1].astype(np.uint8)
    return np.ascontiguousarray(colours)


def as_shown(image: Image) -> NDArray[np.uint8]:
    """Return the pixels of a picture as they are shown: (h, w) grey or (h, w, 3) RGB."""
    if image.pixels.dtype == np.uint8:
        return image.pixels
    return np.rint(to_byte_range(image.pixels)).astype(np.uint8)


def in_colour(pixels: NDArray[np.uint8]) -> Picture:
    """Return grey pixels as RGB, and RGB as it is."""
    if pixels.ndim == 3:
        return pixels
    return np.asarray(cv2.merge([pixels] * 3), np.uint8)


@lru_cache(maxsize=8)
def _paper(layout: Layout, with_bar: bool) -> Picture:
    """Return what is the same around all scans of a size: the ground, and the colour bar down to 0."""
    height, width = layout.size
    # Row by row, which is several times as fast as pixel by pixel.
    canvas = np.full((1, width, 3), _PAPER, np.uint8).repeat(height, axis=0)
    if with_bar:
        start, left, end, right = layout.bar
        ramp = np.linspace(1, 0, end - start, dtype=np.float32)[:, None].repeat(right - left, axis=1)
        canvas[start:end, left:right] = colours_of(ramp)
        write(canvas, (right + layout.text // 3, end), "0", layout.text - 2, _FAINT, anchor="ld")
    return canvas


def _write_title(canvas: Picture, layout: Layout, explanation: Explanation) -> None:
    size, pad = layout.text, layout.text // 2
    room = canvas.shape[1] - 2 * pad
    sides = sides_of(explanation.target, tuple(explanation.probabilities))
    explained = " against ".join(_with_p(explanation, side) for side in sides)
    first = f"{explanation.provenance.explainer}: {explained}"
    if explanation.status != "ok":
        second, ink = MEANING[explanation.status], _ALERT
    else:
        second, ink = _verdict(explanation), _FAINT
    for text, largest, top, colour in ((first, size, 0.35, _INK), (second, size - 1, 1.85, ink)):
        # Names of classes may be long: smaller letters first, a shorter line only then.
        used = fitted(text, largest, room)
        write(canvas, (pad, round(size * top)), shortened(text, used, room), used, colour, ground=_PAPER)


def _with_p(explanation: Explanation, name: str) -> str:
    return f"{name} {explanation.probabilities[name]:.2f}"


def _verdict(explanation: Explanation) -> str:
    label, predicted = explanation.label, explanation.predicted
    if predicted == explanation.target:
        told = "the prediction"
    else:
        told = f"predicted {_with_p(explanation, predicted)}"
    return told if label is None else f"{told}; {'right' if label == predicted else f'truly {label}'}"

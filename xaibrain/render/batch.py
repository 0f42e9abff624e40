"""A batch of training pictures on one page."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw

from xaibrain.render.lettering import font, shortened
from xaibrain.render.overlay import Picture
from xaibrain.render.sheet import contact_sheet

_SIDE, _CAPTION, _TEXT = 192, 22, 12
_OUTLINE, _INK = (251, 191, 36), (228, 228, 231)


def batch_sheet(images: NDArray[np.uint8], captions: Sequence[str], masks: NDArray[np.float32]) -> Picture:
    """Draw pictures side by side, their masks outlined.

    Args:
        images: (n, h, w, 1 or 3).
        captions: A line below each.
        masks: (n, h, w) from 0 to 1.
    """
    tiles = [_tile(*parts) for parts in zip(images, captions, masks, strict=True)]
    return contact_sheet(tiles, cell=_SIDE + _CAPTION)


def _tile(image: NDArray[np.uint8], caption: str, mask: NDArray[np.float32]) -> Picture:
    scale = _SIDE / max(image.shape[:2])
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    colour = np.repeat(image[..., :1], 3, axis=-1) if image.shape[-1] == 1 else image
    large = cv2.resize(np.ascontiguousarray(colour), size, interpolation=cv2.INTER_LINEAR)
    # Half of the highest: a lesion smaller than a pixel of the input is shown too.
    covered = cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR) > max(float(mask.max()) / 2, 1e-6)
    outlines, _ = cv2.findContours(covered.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(large, outlines, -1, _OUTLINE, 1)
    canvas = np.zeros((size[1] + _CAPTION, size[0], 3), np.uint8)
    canvas[: size[1]] = large
    page = Pillow.fromarray(canvas)
    text = shortened(caption, _TEXT, size[0] - 4)
    ImageDraw.Draw(page).text((2, size[1] + 4), text, fill=_INK, font=font(_TEXT))
    return np.array(page)

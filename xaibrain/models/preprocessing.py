"""From a picture's own pixels to a model's input, and the geometry of the way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import cv2
import numpy as np

from xaibrain.core.geometry import Box, Geometry
from xaibrain.core.records import Image
from xaibrain.errors import ModelError, unknown_name
from xaibrain.ops.crop import foreground_box
from xaibrain.ops.intensity import to_byte_range
from xaibrain.ops.repeated import repeated
from xaibrain.ops.shrink import BytesOrFloats, Floats, shrunk
from xaibrain.types import Images

Crop = Literal["none", "foreground"]
Fit = Literal["stretch", "pad"]

_CROPS = ("none", "foreground")
_FITS = ("stretch", "pad")


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """What is done to a picture before a model sees it, in this order.

    Attributes:
        size: Height and width of the model's input.
        channels: 1 (grey) or 3 (RGB; grey pictures are repeated).
        crop: `foreground` cuts to the bounding box of the head; `none` keeps the frame.
        fit: `stretch` resizes both axes alone; `pad` keeps the aspect and centres on black.
        value_range: What 0 and 255 become. EfficientNets of `keras.applications` rescale inside and
            take (0, 255).

    Raises:
        ModelError: The channels are neither 1 nor 3.
        UnknownNameError: No such crop or fit.
    """

    size: tuple[int, int]
    channels: int = 3
    crop: Crop = "none"
    fit: Fit = "stretch"
    value_range: tuple[float, float] = (0.0, 255.0)

    def __post_init__(self) -> None:
        if self.channels not in (1, 3):
            raise ModelError(
                f"The model takes {self.channels} channels; pictures have 1 or 3. "
                "Wrap a model with a grey or an RGB input."
            )
        for name, value, known in (("crop", self.crop, _CROPS), ("fit", self.fit, _FITS)):
            if value not in known:
                raise unknown_name(name, str(value), known, f"Give one of: {', '.join(known)}.")

    def __call__(self, image: Image) -> tuple[Images, Geometry]:
        """Return (h, w, channels) float32 in `value_range`, and where it lies on the picture.

        A grey picture is a view, which cannot be written to: its channels are the same memory.
        """
        crop = self._box(image)
        top, left, bottom, right = crop
        content = self._content(bottom - top, right - left)
        # The range is taken over the whole picture, so that a crop does not change its brightness.
        whole = image.pixels if image.pixels.dtype == np.uint8 else to_byte_range(image.pixels)
        pixels = whole[top:bottom, left:right]
        height, width = content[2] - content[0], content[3] - content[1]
        if self.channels == 1 and pixels.ndim == 3:
            pixels = np.asarray(cv2.cvtColor(pixels.astype(np.float32), cv2.COLOR_RGB2GRAY), np.float32)
        frame = _resized(pixels, height, width)
        if (height, width) != self.size:
            inside = np.zeros((*self.size, *frame.shape[2:]), np.float32)
            inside[content[0] : content[2], content[1] : content[3]] = frame
            frame = inside
        if self.value_range != (0, 255):
            low, high = self.value_range
            frame *= np.float32((high - low) / 255)
            frame += np.float32(low)
        frame = repeated(frame, self.channels) if frame.ndim == 2 else frame
        return frame, Geometry(image.size, crop, self.size, content)

    def described(self) -> Mapping[str, Any]:
        """Return the settings, for the record."""
        return asdict(self)

    def _box(self, image: Image) -> Box:
        if self.crop == "foreground":
            return foreground_box(image.pixels)
        return (0, 0, *image.size)

    def _content(self, height: int, width: int) -> Box:
        frame_height, frame_width = self.size
        if self.fit == "stretch":
            return (0, 0, frame_height, frame_width)
        scale = min(frame_height / height, frame_width / width)
        inner_height, inner_width = max(1, round(height * scale)), max(1, round(width * scale))
        top, left = (frame_height - inner_height) // 2, (frame_width - inner_width) // 2
        return (top, left, top + inner_height, left + inner_width)


def _resized(pixels: BytesOrFloats, height: int, width: int) -> Floats:
    if height < pixels.shape[0] and width < pixels.shape[1]:
        return shrunk(pixels, height, width)
    exact = pixels.astype(np.float32, copy=False)
    return np.asarray(cv2.resize(exact, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def preprocessing_of(
    card: Mapping[str, Any],
    shape: tuple[int, int, int],
    value_range: tuple[float, float] | None = None,
    crop: Crop | None = None,
    fit: Fit | None = None,
) -> Preprocessing:
    """Return how a model's pictures are prepared: as asked for, else as its card says, else plainly.

    Args:
        card: The checkpoint's card.
        shape: Height, width and channels of the model's input.
        value_range: As in `Preprocessing`.
        crop: Likewise.
        fit: Likewise.
    """
    known = card.get("preprocessing", {})
    return Preprocessing(
        size=shape[:2],
        channels=shape[2],
        crop=crop or known.get("crop", "none"),
        fit=fit or known.get("fit", "stretch"),
        value_range=value_range or tuple(known.get("value_range", (0.0, 255.0))),
    )

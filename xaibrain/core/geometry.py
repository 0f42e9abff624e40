"""Where the model's pixels lie on the source picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xaibrain.ops.resize import resample, stretched
from xaibrain.types import Heatmap

Box = tuple[int, int, int, int]
"""Top, left, bottom, right in pixels; bottom and right are exclusive."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """A crop of the source, resized into a region of the model's frame.

    Attributes:
        source: Height and width of the source picture.
        crop: The part of the source that the model saw.
        frame: Height and width of the model's input.
        content: The part of the frame that holds the crop; the rest is padding.
    """

    source: tuple[int, int]
    crop: Box
    frame: tuple[int, int]
    content: Box

    def to_source(self, heatmap: Heatmap) -> Heatmap:
        """Lay a map over the model's frame, of any resolution, back on the source picture.

        Bilinear with half-pixel centres, each source pixel interpolated once, straight from the map's
        own cells; values are repeated beyond the outermost cell centres.

        Args:
            heatmap: (h, w), covering the whole frame.

        Returns:
            (source height, source width) float32; 0 outside the crop.
        """
        top, left, bottom, right = self.crop
        seen = self._seen(heatmap, bottom - top, right - left)
        if seen.shape == self.source:
            return seen
        laid = np.zeros(self.source, np.float32)
        laid[top:bottom, left:right] = seen
        return laid

    def _seen(self, heatmap: Heatmap, height: int, width: int) -> Heatmap:
        """Return what a map says of each source pixel of the crop, which has that height and width."""
        if self.content == (0, 0, *self.frame):
            return stretched(heatmap, height, width)
        rows = self._axis(heatmap.shape[0], self.frame[0], self.content[0::2], height)
        columns = self._axis(heatmap.shape[1], self.frame[1], self.content[1::2], width)
        return resample(heatmap, rows, columns)

    def to_frame(self, values: Heatmap) -> Heatmap:
        """Carry values of the source picture, such as a mask, to the model's frame.

        Args:
            values: (source height, source width).

        Returns:
            (frame height, frame width) float32: the mean over the source pixels of each; 0 on padding.
        """
        top, left, bottom, right = self.crop
        # Not at the top: names are looked up without OpenCV.
        import cv2

        upper, start, lower, stop = self.content
        seen = np.asarray(values[top:bottom, left:right], np.float32)
        shrinks = lower - upper < bottom - top and stop - start < right - left
        how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        laid = np.zeros(self.frame, np.float32)
        laid[upper:lower, start:stop] = cv2.resize(seen, (stop - start, lower - upper), interpolation=how)
        return laid

    def over_frame(self, heatmap: Heatmap) -> Heatmap:
        """Bring a map of any resolution to that of the model's frame, interpolated as by `to_source`.

        Args:
            heatmap: (h, w), covering the whole frame.

        Returns:
            (frame height, frame width) float32.
        """
        return stretched(heatmap, *self.frame)

    @staticmethod
    def _axis(cells: int, frame: int, content: tuple[int, ...], pixels: int) -> np.ndarray:
        """Return for each source pixel of the crop its coordinate among the map's cells."""
        start, stop = content
        in_frame = start + (np.arange(pixels) + 0.5) * (stop - start) / pixels
        return in_frame * cells / frame - 0.5

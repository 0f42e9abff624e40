"""What the methods of a layer share: they are made at one layer, or at several and fused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from xaibrain import Model
from xaibrain.types import Heatmap, Heatmaps, Images, Targets

_GAMMA = 2.0


@dataclass(frozen=True)
class LayerMethod:
    """A method of a layer; its subclasses say what it does there.

    Attributes:
        layer: Path of the layer, or `auto` for the last one with a spatial map. Several, separated by
            commas, are fused: see `fused`.
    """

    layer: str = "auto"

    def at(self, model: Model, images: Images, targets: Targets, layer: str) -> Heatmaps:
        """Return (n, h, w) maps at the resolution of one layer, signed."""
        raise NotImplementedError

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return (n, h, w) float32 at the layer's resolution, signed; of several layers, 0 to 1."""
        maps = [self.at(model, images, targets, layer).astype(np.float32) for layer in self.layer.split(",")]
        return maps[0] if len(maps) == 1 else fused(maps)


def fused(maps: Sequence[Heatmaps]) -> Heatmaps:
    """Fuse the maps of several layers as Layer-CAM does: (n, h, w) at the finest resolution, 0 to 1.

    Jiang et al. 2021, LayerCAM, IEEE Transactions on Image Processing 30: the maps of layers differ in
    scale, so each is scaled by tanh(2 M / max M), M without what is negative, and the largest value of
    each place is taken. Here this is done to every layer, and the maps are enlarged bilinearly first.
    """
    rows = max(one.shape[1] for one in maps)
    columns = max(one.shape[2] for one in maps)
    scaled = [np.stack([_scaled(one, rows, columns) for one in layer]) for layer in maps]
    result: Heatmaps = np.max(scaled, axis=0)
    return result


def _scaled(heatmap: Heatmap, rows: int, columns: int) -> Heatmap:
    positive = enlarged(np.maximum(heatmap, 0), rows, columns)
    top = positive.max()
    return np.tanh(_GAMMA * positive / top) if top > 0 else positive


def enlarged(heatmap: Heatmap, rows: int, columns: int) -> Heatmap:
    """Return a map at another size: bilinear, half-pixel centres."""
    result: Heatmap = np.asarray(cv2.resize(heatmap, (columns, rows), interpolation=cv2.INTER_LINEAR))
    return result

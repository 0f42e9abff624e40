"""Eigen-CAM, and Eigen-Grad-CAM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xaibrain import Capability, Model
from xaibrain.types import Activations, Heatmaps, Images, Targets
from xaibrain_cam.method import LayerMethod
from xaibrain_cam.slopes import GradientMethod


@dataclass(frozen=True)
class EigenCAM(LayerMethod):
    """Eigen-CAM: what the channels of a layer have in common, for no class in particular.

    Muhammad & Yeasin 2020, arXiv:2008.00299: the activations, as positions × channels, projected on their
    first right singular vector, uncentred as in the paper. A singular vector has no sign of its own: it is
    turned so that the map sums to something positive.

    Attributes:
        layer: Path of the layer, or `auto` for the last one with a spatial map; several are fused.
    """

    requires: ClassVar[frozenset[Capability]] = frozenset({"activations"})

    def at(self, model: Model, images: Images, targets: Targets, layer: str) -> Heatmaps:
        """Return (n, h, w) float32 in units of the activations, signed."""
        maps = first_component(model.activations(images, layer))
        total = maps.sum(axis=(1, 2), keepdims=True)
        return (maps * np.where(total < 0, -1, 1)).astype(np.float32)

    def notes(
        self, model: Model, images: Images, targets: Targets, heatmaps: Heatmaps
    ) -> Sequence[Mapping[str, Any]]:
        """Say that no class was asked for."""
        return [{"caution": "eigencam is the same map for every class"} for _ in images]


@dataclass(frozen=True)
class EigenGradCAM(GradientMethod):
    """Eigen-Grad-CAM: what the channels' gradients × activations have in common.

    The variant of Eigen-CAM that the library pytorch-grad-cam adds, here uncentred like Eigen-CAM itself:
    gradient × activation projected on its first right singular vector, turned so that the map agrees
    in sign with HiResCAM.

    Attributes:
        layer: Path of the layer, or `auto` for the last one with a spatial map; several are fused.
    """

    def weighed(self, activations: Activations, gradients: Activations) -> Heatmaps:
        """Return (n, h, w) float32 in logits, signed."""
        product = activations * gradients
        maps = first_component(product)
        agreement = (maps * product.sum(axis=3)).sum(axis=(1, 2), keepdims=True)
        return (maps * np.where(agreement < 0, -1, 1)).astype(np.float32)


def first_component(values: Activations) -> Heatmaps:
    """Return (n, h, w, k) projected on each picture's first right singular vector: (n, h, w) float64."""
    count, rows, columns, channels = values.shape
    flat = values.reshape(count, rows * columns, channels).astype(np.float64)
    left, sizes, _ = np.linalg.svd(flat, full_matrices=False)
    projected: Heatmaps = (left[:, :, 0] * sizes[:, :1]).reshape(count, rows, columns)
    return projected

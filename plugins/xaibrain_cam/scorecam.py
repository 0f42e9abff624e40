"""Score-CAM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from xaibrain import Capability, Model, masked_logits, target_scores
from xaibrain.errors import UsageError
from xaibrain.types import Heatmaps, Images, Targets
from xaibrain_cam.method import LayerMethod, enlarged


@dataclass(frozen=True)
class ScoreCAM(LayerMethod):
    """Score-CAM: each channel counts by the score that the picture keeps under it as a mask.

    Wang et al. 2020, arXiv:1910.01279, algorithm 1: a channel is enlarged to the picture, brought to 0 … 1
    and multiplied with the input; its weight is the softmax, over the channels, of the scores before
    softmax. The score of the baseline is common to all channels and cancels. The map is left without its last
    ReLU. A channel that is the same everywhere masks nothing and counts nothing.

    One forward pass a channel is much: only the channels that vary most over the picture are asked.

    Attributes:
        layer: Path of the layer, or `auto` for the last one with a spatial map; several are fused.
        channels: How many channels are asked, by their variance; none for all of them, as in the paper.
    """

    channels: int | None = 64
    requires: ClassVar[frozenset[Capability]] = frozenset({"activations", "logits"})

    def __post_init__(self) -> None:
        if self.channels is not None and self.channels < 1:
            raise UsageError(f"scorecam: channels={self.channels} asks nothing; give 1 or more, or none.")

    def at(self, model: Model, images: Images, targets: Targets, layer: str) -> Heatmaps:
        """Return (n, h, w) float32 in units of the activations, signed where they are."""
        activations = model.activations(images, layer)
        maps = [
            self._one(model, images[index], targets[index], activations[index])
            for index in range(len(images))
        ]
        return np.stack(maps)

    def _one(
        self, model: Model, image: Images, target: Targets, activations: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        spread = activations.var(axis=(0, 1), dtype=np.float64)
        order = np.argsort(-spread, kind="stable")[: self.channels]
        chosen = activations[:, :, order[spread[order] > 0]]
        if chosen.shape[2] == 0:
            return np.zeros(activations.shape[:2], np.float32)
        scores = _scores(model, image, target, chosen)
        odds = np.exp(scores - scores.max())
        weighed: NDArray[np.float32] = (chosen @ (odds / odds.sum())).astype(np.float32)
        return weighed


def _scores(model: Model, image: Images, target: Targets, chosen: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the score of one picture under each of m channels as a mask: (m,)."""
    rows, columns = image.shape[:2]
    masks = (_mask(chosen[:, :, k], rows, columns) for k in range(chosen.shape[2]))
    logits = np.concatenate([logits for _, logits in masked_logits(model, image, masks)])
    return target_scores(logits, np.repeat(target[None], len(logits), axis=0)).astype(np.float64)


def _mask(channel: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    large = enlarged(channel, rows, columns)
    span = np.ptp(large)
    return (large - large.min()) / span if span > 0 else np.zeros_like(large)

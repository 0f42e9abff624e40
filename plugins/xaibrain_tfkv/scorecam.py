"""Score-CAM of tf-keras-vis."""

from __future__ import annotations

from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any, ClassVar

import numpy as np

from xaibrain import Capability, Model
from xaibrain.errors import ModelError, UsageError
from xaibrain.types import Heatmaps, Images, Targets
from xaibrain_tfkv import library


@dataclass(frozen=True)
class ScoreCAM:
    """Score-CAM of tf-keras-vis, without the ReLU, enlarging and scaling that it ends with.

    A channel's weight is the class probability of the picture multiplied with the channel: there is no
    softmax over channels, and no black picture to compare with, as the paper has them. Pictures go through
    it one by one; all masked copies of one are in memory at once.

    Attributes:
        layer: Name of the layer, or `auto` for the last one with a spatial map.
        channels: How many, those of greatest variance; none for all.
    """

    layer: str = "auto"
    channels: int | None = 64
    requires: ClassVar[frozenset[Capability]] = frozenset({"keras-network", "logits"})

    def __post_init__(self) -> None:
        if self.channels is not None and self.channels < 1:
            raise UsageError(f"tfkv-scorecam: channels={self.channels} is too few; give 1 or more, or none.")

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return (n, h, w) float32 at the layer's resolution, signed."""
        layer = library.layer_in(model, self.layer)
        copy = library.linear_copy(model, images)
        if copy.output_shape[1] == 1:
            raise ModelError(
                f"Score-CAM of tf-keras-vis takes the softmax of the outputs, and that of the one output of "
                f"'{model.name}' is always 1; use a method that does not begin with tfkv-."
            )
        ask = library.Scorecam(copy)
        return np.concatenate(
            [
                self._heatmap(ask, copy, layer, images[index : index + 1], targets[index : index + 1])
                for index in range(len(images))
            ]
        )

    def _heatmap(self, ask: Any, copy: Any, layer: str, image: Images, target: Targets) -> Heatmaps:
        there = int(copy.get_layer(layer).output.shape[-1])
        # It draws the progress bar of Keras, which nothing can switch off from here.
        with redirect_stdout(StringIO()):
            heatmap = ask(
                library.score_of(target, copy),
                image,
                penultimate_layer=layer,
                seek_penultimate_conv_layer=False,
                activation_modifier=None,
                max_N=min(self.channels or there, there),
                expand_cam=False,
                normalize_cam=False,
            )
        return np.asarray(heatmap, np.float32)

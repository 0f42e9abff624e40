"""Gradient SHAP, also called expected gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from xaibrain import Capability, Model, load_dataset
from xaibrain.errors import UsageError
from xaibrain.types import Heatmaps, Images, Targets
from xaibrain_gradients.asking import chunks, draws_of, gradients_of
from xaibrain_gradients.reduction import over_channels
from xaibrain_gradients.start import value_range

GREY = "grey"


@dataclass(frozen=True)
class GradientSHAP:
    """Integrated gradients from many baselines at once, at random points of the way.

    Lundberg & Lee 2017, arXiv:1705.07874, as the expectation of Erion et al. 2021, arXiv:1906.10670: the mean
    of (x − x′) × gradient at x′ + α (x − x′), x′ being drawn from a background and α evenly from 0 to 1.

    Attributes:
        samples: How many pairs of x′ and α are drawn for each picture.
        background: `grey` for pictures of one brightness, drawn evenly from black to white; or the name of
            a dataset, whose pictures are then the background.
        seed: Starts the draws, which depend on it and on the picture alone.
    """

    samples: int = 32
    background: str = GREY
    seed: int = 0
    requires: ClassVar[frozenset[Capability]] = frozenset({"input-gradient"})

    def __post_init__(self) -> None:
        if self.samples < 1 or self.seed < 0:
            raise UsageError(
                "gradient-shap: samples must be 1 or more and seed 0 or more; change what you set."
            )

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return (n, h, w) float32 at the input's resolution, in logits, signed; summed over channels."""
        others = self._others(model)
        draws = draws_of(images, self.seed)
        total = np.zeros(images.shape, np.float64)
        for several in chunks(self.samples, len(images)):
            pairs = [[self._drawn(model, draw, image, others) for _ in range(several)]
                     for draw, image in zip(draws, images, strict=True)]  # fmt: skip
            points = np.stack([[point for point, _ in row] for row in pairs])
            ways = np.stack([[way for _, way in row] for row in pairs])
            total += (ways * gradients_of(model, points, targets)).sum(axis=1, dtype=np.float64)
        return over_channels(total / self.samples, "sum")

    def _others(self, model: Model) -> Images | None:
        """Return pictures of the background, evenly spread over its dataset."""
        if self.background == GREY:
            return None
        dataset = load_dataset(self.background)
        count = min(self.samples, len(dataset))
        chosen = [dataset[index * len(dataset) // count] for index in range(count)]
        return np.stack([model.preprocess(image)[0] for image in chosen])

    def _drawn(
        self, model: Model, draw: np.random.Generator, image: Images, others: Images | None
    ) -> tuple[Images, Images]:
        """Draw a point of the way from a baseline to the picture, and that way."""
        if others is None:
            way = image - np.float32(draw.uniform(*value_range(model)))
        else:
            way = image - others[draw.integers(len(others))]
        return image - np.float32(draw.uniform()) * way, way

"""SmoothGrad, VarGrad and SquareGrad: gradients of a picture and its noisy neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from xaibrain import Capability, Model
from xaibrain.errors import UsageError
from xaibrain.types import Heatmaps, Images, Targets
from xaibrain_gradients.asking import chunks, draws_of, gradients_of
from xaibrain_gradients.reduction import Reduction, over_channels

Moments = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class _Noisy:
    """What the three share: which neighbours are asked.

    Attributes:
        samples: How many noisy copies of a picture are asked.
        noise: Standard deviation of the noise, as a share of the picture's own range.
        seed: Starts the noise, which depends on it and on the picture alone.
        channels: `max` takes the channel of the largest magnitude; or `mean`, or `sum`.
        sigma: Standard deviation, in pixels of the input, of a Gaussian that smooths the map; 0 for none.
    """

    samples: int = 25
    noise: float = 0.15
    seed: int = 0
    channels: Reduction = "max"
    sigma: float = 0.0
    requires: ClassVar[frozenset[Capability]] = frozenset({"input-gradient"})

    def __post_init__(self) -> None:
        if self.samples < 1 or self.noise < 0 or self.seed < 0:
            raise UsageError("samples must be 1 or more, noise and seed 0 or more; change what you set.")

    def moments(self, model: Model, images: Images, targets: Targets) -> Moments:
        """Return the means of the gradient and of its square over the noisy copies: (n, h, w, c) each."""
        widths = self.noise * np.ptp(images, axis=(1, 2, 3))
        draws = draws_of(images, self.seed)
        first = np.zeros(images.shape, np.float64)
        second = np.zeros(images.shape, np.float64)
        for several in chunks(self.samples, len(images)):
            shape = (several, *images.shape[1:])
            noise = [width * draw.standard_normal(shape) for draw, width in zip(draws, widths, strict=True)]
            slopes = gradients_of(model, images[:, None] + np.stack(noise), targets).astype(np.float64)
            first += slopes.sum(axis=1)
            second += (slopes**2).sum(axis=1)
        return first / self.samples, second / self.samples


@dataclass(frozen=True)
class SmoothGrad(_Noisy):
    """The mean gradient of a picture and its noisy neighbours: saliency without its grain.

    Smilkov et al. 2017, arXiv:1706.03825: the noise is measured by the picture's range, 10 to 20 percent.

    Attributes:
        samples: How many noisy copies of a picture are asked.
        noise: Standard deviation of the noise, as a share of the picture's own range.
        seed: Starts the noise, which depends on it and on the picture alone.
        channels: `max` takes the channel of the largest magnitude; or `mean`, or `sum`.
        sigma: Standard deviation, in pixels of the input, of a Gaussian that smooths the map; 0 for none.
        absolute: Whether the sign of the mean is dropped.
    """

    absolute: bool = True

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return (n, h, w) float32 at the input's resolution, in logits per unit of the input."""
        mean, _ = self.moments(model, images, targets)
        return over_channels(mean, self.channels, self.absolute, self.sigma)


@dataclass(frozen=True)
class VarGrad(_Noisy):
    """How much the gradient varies among a picture's noisy neighbours.

    Adebayo et al. 2018, arXiv:1810.03307: the variance of the gradient in place of its mean. Never negative,
    and blind to the sign: where the score is linear in the pixels, it is zero.
    """

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return (n, h, w) float32 at the input's resolution, from 0 up."""
        mean, square = self.moments(model, images, targets)
        return over_channels(np.maximum(square - mean**2, 0), self.channels, sigma=self.sigma)


@dataclass(frozen=True)
class SquareGrad(_Noisy):
    """The mean squared gradient of a picture and its noisy neighbours.

    Hooker et al. 2019, arXiv:1806.10758 (SmoothGrad-Squared there). Never negative, and blind to the sign.
    """

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return (n, h, w) float32 at the input's resolution, from 0 up."""
        _, square = self.moments(model, images, targets)
        return over_channels(square, self.channels, sigma=self.sigma)

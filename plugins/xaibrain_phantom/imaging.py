"""The scanner: what tissues look like under T1 with contrast, and what acquisition does to a slice."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from xaibrain_phantom.texture import Field, grain

POINT_SPREAD_RADIUS = 4
"""How far, in pixels, the point spread carries signal."""


@dataclass(frozen=True)
class Contrast:
    """Signal of each tissue, T1-weighted after gadolinium: 0 is air, 1 about the brightest fat."""

    bone: float
    marrow: float
    fat: float
    skin: float
    muscle: float
    csf: float
    grey: float
    white: float
    dura: float
    vessel: float
    mucosa: float
    gland: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Contrast:
        """Draw one protocol: flip angle, dose and delay differ between scanners."""
        grey = rng.uniform(0.33, 0.41)
        return cls(
            bone=rng.uniform(0.03, 0.08),
            marrow=rng.uniform(0.35, 0.7),
            fat=rng.uniform(0.72, 0.98),
            skin=rng.uniform(0.45, 0.6),
            muscle=rng.uniform(0.28, 0.38),
            csf=rng.uniform(0.07, 0.16),
            grey=grey,
            white=grey + rng.uniform(0.03, 0.15),
            dura=rng.uniform(0.3, 0.5),
            vessel=rng.uniform(0.7, 0.95),
            mucosa=rng.uniform(0.5, 0.75),
            gland=rng.uniform(0.55, 0.7),
        )


@dataclass(frozen=True)
class Scan:
    """One acquisition: everything between the tissue's signal and the stored grey values.

    Attributes:
        gain: (256, 256) receive field times display scale.
        gamma: Of the display window.
        kernel: (9,) point spread along either axis; it rings a little, as a finite k-space does.
        noise: (2, 256, 256) real and imaginary thermal noise, in units of signal.
    """

    gain: Field
    gamma: float
    kernel: NDArray[np.float32]
    noise: Field

    @classmethod
    def draw(cls, rng: np.random.Generator, size: int) -> Scan:
        """Draw one acquisition on a matrix of `size` by `size`."""
        bias = rng.uniform(0.03, 0.12) * grain(rng, size, 4)
        gain = rng.uniform(0.75, 1.2) * np.exp(bias, dtype=np.float32)
        noise = rng.standard_normal((2, size, size), dtype=np.float32)
        # Scanners interpolate: neighbouring pixels share some of their noise.
        for channel in noise:
            cv2.GaussianBlur(channel, (3, 3), rng.uniform(0.35, 0.6), dst=channel)
        noise *= np.float32(rng.uniform(0.012, 0.04))
        return cls(np.asarray(gain, np.float32), rng.uniform(0.85, 1.2), _point_spread(rng), noise)

    def acquire(self, signal: Field) -> NDArray[np.uint8]:
        """Return the picture that the scanner stores: (256, 256) uint8.

        The noise is Rician: Gudbjartsson and Patz, The Rician distribution of noisy MRI data, 1995.
        """
        seen = cv2.sepFilter2D(signal, cv2.CV_32F, self.kernel, self.kernel, borderType=cv2.BORDER_REPLICATE)
        real = np.asarray(seen * self.gain + self.noise[0], np.float32)
        magnitude = cv2.magnitude(real, self.noise[1])
        np.minimum(magnitude, 1, out=magnitude)
        return np.asarray(cv2.pow(magnitude, self.gamma) * 255 + 0.5).astype(np.uint8)


def _point_spread(rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a windowed sinc: the point spread of a k-space that ends."""
    place = np.arange(-POINT_SPREAD_RADIUS, POINT_SPREAD_RADIUS + 1)
    kernel = np.sinc(place * rng.uniform(0.55, 0.8)) * np.exp(-((place / rng.uniform(1.8, 2.6)) ** 2))
    return np.asarray(kernel / kernel.sum(), np.float32)

"""What every other library is asked about: pictures, maps and a model by formula. NumPy alone."""

from __future__ import annotations

import numpy as np

SHAPE = (8, 7, 3)
CLASSES = 3
STEPS = 14
"""Of curves: four pixels each."""

_draw = np.random.default_rng(21)
PICTURES = _draw.uniform(0.1, 1, (4, *SHAPE)).round(4).astype(np.float32)
MAPS = _draw.permutation(np.arange(4 * 56)).reshape(4, 8, 7) / 224.0
"""None tie; made to begin at 0, where scaling by the largest is scaling from least to largest."""
MAPS -= MAPS.min(axis=(1, 2), keepdims=True)
MASKS = _draw.random((4, 8, 7)) < 0.3
WEIGHTS = _draw.normal(size=(CLASSES, *SHAPE)) / 6
CURVES = _draw.normal(size=(CLASSES, *SHAPE)) / 6
TARGETS = np.array([0, 2, 1, 0])
OTHERS = np.array([1, 0, 2, 2])
"""Another class for each picture."""
SHAKEN = (PICTURES + _draw.uniform(-0.05, 0.05, (5, 4, *SHAPE))).astype(np.float32)
"""Every picture five times, hardly changed."""


def logits(pictures: np.ndarray) -> np.ndarray:
    """Return the scores Σ w x + a x² of the classes: (n, classes)."""
    x = pictures.astype(np.float64)[:, None]
    return np.asarray((WEIGHTS * x + CURVES * x**2).sum(axis=(2, 3, 4)))


def probabilities(pictures: np.ndarray) -> np.ndarray:
    """Return their softmax."""
    odds = np.exp(logits(pictures))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def explained(pictures: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return input × gradient, summed over channels: (n, h, w)."""
    x = pictures.astype(np.float64)
    return np.asarray((x * (WEIGHTS[targets] + 2 * CURVES[targets] * x)).sum(axis=3))

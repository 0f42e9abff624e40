"""A model whose score is a formula over the pixels: what a method should find is known."""

import numpy as np


class Analytic:
    """Two classes: the second's logit is the formula's value, the first's minus a third of it.

    `score` takes (n, h, w, c) float64 and returns (n,).
    """

    name = "analytic"
    class_names = ("other", "this")
    capabilities = frozenset({"logits"})
    fingerprint = "0" * 64
    head = "a formula"
    versions = {"analytic": "1"}  # noqa: RUF012

    def __init__(self, score, value_range=(0.0, 255.0), largest=None):
        self.score, self.largest, self.asked = score, largest, []
        self.preprocessing = {"value_range": value_range}

    def logits(self, images):
        self.asked.append(len(images))
        if self.largest and len(images) > self.largest:
            raise MemoryError(f"{len(images)} copies do not fit")
        score = self.score(images.astype(np.float64))
        return np.stack([-score / 3, score], axis=1).astype(np.float32)

    def probabilities(self, logits):
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)


def linear(weights):
    """Return the score Σ w · x."""
    return lambda images: (images * weights).sum(axis=(1, 2, 3))


def curved(weights):
    """Return a score in which pixels work together: a linear one, and the square of another."""
    return lambda images: (
        (images * weights).sum((1, 2, 3)) / 40 + (images * weights[::-1]).sum((1, 2, 3)) ** 2 / 9000
    )


def drawn(shape, seed=0):
    """Return a picture that is not noise alone, (h, w, c) from 0 to 255, and weights for it."""
    draw = np.random.default_rng(seed)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    waves = np.sin(rows / shape[0] * 7)[..., None] + np.cos(columns / shape[1] * 9)[..., None]
    picture = 110 + 40 * waves + draw.uniform(-20, 20, shape)
    return picture.astype(np.float32), draw.normal(size=shape) / 100

"""Models whose answers to changed pictures can be worked out on paper."""

import numpy as np
from fakes import FakeModel

from xaibrain import Geometry


class LinearModel(FakeModel):
    """Scores are weights times pixels; taken for probabilities as they are. One grey channel."""

    class_names = ("healthy", "ill")
    preprocessing = {"value_range": (0.0, 1.0)}  # noqa: RUF012

    def __init__(self, weights):
        super().__init__()
        self.weights = np.asarray(weights, np.float32)
        self.batches = []

    def preprocess(self, image):
        size = image.size
        whole = (0, 0, *size)
        return image.pixels.astype(np.float32)[..., None], Geometry(size, whole, size, whole)

    def logits(self, images):
        self.batches.append(len(images))
        ill = np.einsum("nhwc,hw->n", images, self.weights)
        return np.stack([1 - ill, ill], axis=1).astype(np.float32)

    def probabilities(self, logits):
        return np.clip(logits, 0, 1)


class Gradient:
    """Weight times pixel: what a linear model says of each."""

    def __init__(self, weights):
        self.weights = np.asarray(weights, np.float32)

    def explain(self, model, images, targets):
        return images[..., 0] * self.weights * (2 * targets - 1)[:, None, None]

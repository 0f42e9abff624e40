"""A model that answers with given numbers, for testing arithmetic alone."""

import numpy as np

from xaibrain import Geometry, LayerChoice


class FakeModel:
    """Two classes; a picture's mean decides. Activations and gradients are what it was given."""

    name = "fake"
    class_names = ("dark", "bright")
    capabilities = frozenset({"logits", "activations", "layer-gradient", "input-gradient"})
    fingerprint = "0" * 64
    head = "given"
    exact_logits = True

    def __init__(self, activations=None, gradients=None, largest=None):
        self._activations, self._gradients, self._largest = activations, gradients, largest
        self.asked = []

    preprocessing = {"size": (4, 4)}  # noqa: RUF012
    versions = {"fake": "1"}  # noqa: RUF012

    def preprocess(self, image):
        grey = image.pixels if image.pixels.ndim == 2 else image.pixels.mean(axis=2)
        frame = np.full((4, 4, 1), grey.mean(), np.float32)
        return frame, Geometry(image.size, (0, 0, *image.size), (4, 4), (0, 0, 4, 4))

    def logits(self, images):
        self.asked.append(len(images))
        if self._largest and len(images) > self._largest:
            raise MemoryError(f"{len(images)} pictures do not fit")
        bright = images.mean(axis=(1, 2, 3)) - 100
        return np.stack([-bright, bright], axis=1).astype(np.float32)

    def probabilities(self, logits):
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)

    def choose_layer(self, layer):
        return LayerChoice("only", f"asked for {layer}")

    def activations(self, images, layer):
        return self._activations

    def activations_and_gradients(self, images, targets, layer):
        return self._activations, self._gradients

    def input_gradients(self, images, targets):
        return np.ones_like(images)

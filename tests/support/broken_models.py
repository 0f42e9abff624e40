"""Models that are broken on purpose, each in one way; with the rule, and a part of what is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from xaibrain.testing import LinearModel, QuadraticModel


class Zeroes(LinearModel):
    """Answers with given numbers in place of one method."""

    def logits(self, images):
        return np.full((len(images), 3), np.nan, np.float32)


class OneName(LinearModel):
    def __init__(self):
        super().__init__()
        self.class_names = ("same", "same", "other")


class Overclaims(LinearModel):
    capabilities = LinearModel.capabilities | {"keras-network"}


class OtherSizes(LinearModel):
    def preprocess(self, image):
        return image.pixels.astype(np.float32).reshape(*image.size, -1), super().preprocess(image)[1]


class Mirrored(LinearModel):
    """Turns pictures round, and does not tell."""

    def preprocess(self, image):
        frame, geometry = super().preprocess(image)
        return np.ascontiguousarray(frame[:, ::-1]), geometry


class Shifted(LinearModel):
    """Tells the geometry of another picture."""

    def preprocess(self, image):
        frame, geometry = super().preprocess(image)
        return frame, replace(geometry, source=(geometry.source[1], geometry.source[0]))


class Drops(LinearModel):
    """Dropout that is on."""

    def logits(self, images):
        return super().logits(images) + np.random.normal(size=(len(images), 1)).astype(np.float32)


class Normalises(LinearModel):
    """Batch normalisation that is on."""

    def logits(self, images):
        scores = super().logits(images)
        return scores - scores.mean(axis=0)


class Inverted(LinearModel):
    def probabilities(self, logits):
        return super().probabilities(-logits)


class Percent(LinearModel):
    def probabilities(self, logits):
        return super().probabilities(logits) * 100


class OfProbability(QuadraticModel):
    """Differentiates the probability, not the score."""

    def input_gradients(self, images, targets):
        share = self.probabilities(self.logits(images)).max(axis=1)
        return super().input_gradients(images, targets) * (share * (1 - share))[:, None, None, None]


class HalfLayerGradient(QuadraticModel):
    """Forgets the quadratic part."""

    def activations_and_gradients(self, images, targets, layer):
        return LinearModel().activations_and_gradients(images, targets, layer)


class PairIsFirst(QuadraticModel):
    """Takes the first class of a pair."""

    def input_gradients(self, images, targets):
        return super().input_gradients(images, targets.reshape(len(images), -1)[:, 0])


class PlainGuide(QuadraticModel):
    """Calls its plain gradient guided."""

    capabilities = QuadraticModel.capabilities | {"guided-gradient"}

    def guided_gradients(self, images, targets):
        return self.input_gradients(images, targets)


class OtherHead(QuadraticModel):
    def logits_from(self, images, activations, layer):
        return super().logits_from(images, activations, layer) + np.float32(1)


class EveryLayer(QuadraticModel):
    def choose_layer(self, layer):
        return super().choose_layer("auto")


class Clock(LinearModel):
    now = 0

    @property
    def fingerprint(self):
        self.now += 1
        return f"{self.now:064x}"


class Learns(LinearModel):
    def input_gradients(self, images, targets):
        self.offset = self.offset + 0.01
        return super().input_gradients(images, targets)


class RandomisesItself(QuadraticModel):
    def randomised(self, layers, seed):
        self.slope = np.random.default_rng(seed).normal(size=self.slope.shape)
        return self


class NeverRandom(QuadraticModel):
    def randomised(self, layers, seed):
        return self


MODELS = [
    (OneName, "interface", "different names"),
    (Overclaims, "capabilities", "there is no network"),
    (OtherSizes, "preprocess", "return float32 of shape"),
    (Mirrored, "geometry", "comes back at"),
    (Shifted, "geometry", "source is the picture's size"),
    (Zeroes, "logits", "NaN or infinity"),
    (Drops, "repeatable", "inference mode"),
    (Normalises, "batch", "alone"),
    (Inverted, "probabilities", "lower probability"),
    (Percent, "probabilities", "leave 0 to 1"),
    (Clock, "fingerprint", "differs between two readings"),
    (EveryLayer, "layer", "raise UnknownNameError"),
    (HalfLayerGradient, "layer-gradient", "differences of the scores"),
    (OfProbability, "input-gradient", "before softmax or sigmoid"),
    (PairIsFirst, "input-gradient", "differences of the scores"),
    (PlainGuide, "guided-gradient", "are the plain ones"),
    (OtherHead, "head", "differs from logits()"),
    (RandomisesItself, "randomise", "draw its weights"),
    (NeverRandom, "randomise", "draw its weights"),
    (Learns, "unchanged", "fingerprint"),
]

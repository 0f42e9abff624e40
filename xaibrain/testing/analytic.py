"""Classifiers whose every answer is a formula: NumPy alone, microseconds a question.

A picture (h, w, c), scaled to 0…1, is mixed into `features` channels (the layer `fine`) and averaged over
windows of 2 × 2 pixels (the layer `coarse`). With F for the cells of `coarse`, the score of a class is

    score = offset + Σ slope · F + ½ Σ curve · F²

so that d score / dF = slope + curve · F, and everything below is linear.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from xaibrain import __version__
from xaibrain.core.geometry import Geometry
from xaibrain.core.model import CAPABILITIES, Capability
from xaibrain.core.records import Image, LayerChoice
from xaibrain.errors import ModelError
from xaibrain.models.head import activated
from xaibrain.models.layers import Layers
from xaibrain.models.preprocessing import Preprocessing
from xaibrain.ops.targets import target_weights
from xaibrain.types import Activations, Images, Logits, Mask, Targets

_WHITE = 255.0
_Numbers = NDArray[np.float64]


class QuadraticModel:
    """Scores are quadratic in the picture, so gradients depend on it; weights are drawn from a seed.

    Args:
        class_names: Two or more.
        side: Height and width of the input in pixels; even.
        channels: 1 or 3.
        features: Channels of the layers.
        seed: Of the weights.

    Attributes:
        name: `quadratic`.
        class_names: As given.
        capabilities: All but `guided-gradient` and `keras-network`.
        mix: (c, k), from the input's channels to the layers'.
        offset: (classes,).
        slope: (classes, side / 2, side / 2, k).
        curve: Likewise.
    """

    name = "quadratic"
    capabilities: frozenset[Capability] = CAPABILITIES - {"guided-gradient", "keras-network"}

    def __init__(
        self,
        class_names: Sequence[str] = ("first", "second", "third"),
        *,
        side: int = 16,
        channels: int = 3,
        features: int = 4,
        seed: int = 0,
    ) -> None:
        if side < 2 or side % 2:
            raise ModelError(f"side={side}: give an even number of pixels.")
        draw = np.random.default_rng(seed)
        cells = (len(class_names), side // 2, side // 2, features)
        self.class_names = tuple(class_names)
        self.mix: _Numbers = draw.normal(size=(channels, features))
        self.offset: _Numbers = draw.normal(size=len(class_names)) / 10
        self.slope: _Numbers = draw.normal(size=cells) / np.sqrt(np.prod(cells[1:]))
        self.curve: _Numbers = self._curve(draw, cells)
        self._preprocess = Preprocessing((side, side), channels)
        told = {"fine": f"{side}×{side}×{features}", "coarse": f"{side // 2}×{side // 2}×{features}"}
        self._layers = Layers(told, LayerChoice("coarse", "the last layer with a map"))

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the weights."""
        weights = (self.mix, self.offset, self.slope, self.curve)
        return hashlib.sha256(b"".join(weight.tobytes() for weight in weights)).hexdigest()

    @property
    def head(self) -> str:
        """How class scores are reached."""
        return "scores by formula; shown probabilities are their softmax"

    @property
    def preprocessing(self) -> Mapping[str, Any]:
        """The settings of `preprocess`."""
        return self._preprocess.described()

    @property
    def versions(self) -> Mapping[str, str]:
        """Xaibrain's own."""
        return {"xaibrain.testing": __version__}

    def preprocess(self, image: Image) -> tuple[Images, Geometry]:
        """Return one (side, side, c) float32 input from 0 to 255, and where it lies on the picture."""
        return self._preprocess(image)

    def logits(self, images: Images) -> Logits:
        """Return the scores: (n, classes) float32."""
        return self._scores(_pooled(self._fine(images)))

    def probabilities(self, logits: Logits) -> Logits:
        """Return the softmax of scores: (n, classes) float32."""
        return activated("softmax", logits.astype(np.float64)).astype(np.float32)

    def choose_layer(self, layer: str) -> LayerChoice:
        """Resolve `auto` (which is `coarse`), `fine` or `coarse`.

        Raises:
            UnknownNameError: There is no such layer.
        """
        return self._layers.choose(layer)

    def activations(self, images: Images, layer: str) -> Activations:
        """Return what a layer puts out: (n, h, w, k) float32."""
        fine = self._fine(images)
        return np.asarray(fine if self._is_fine(layer) else _pooled(fine), np.float32)

    def activations_and_gradients(
        self, images: Images, targets: Targets, layer: str
    ) -> tuple[Activations, Activations]:
        """Return a layer's output and d(score of the target)/d(output), float32."""
        slopes = self._slopes(_pooled(self._fine(images)), targets)
        gradients = _spread(slopes) if self._is_fine(layer) else slopes
        return self.activations(images, layer), gradients.astype(np.float32)

    def input_gradients(self, images: Images, targets: Targets) -> Images:
        """Return d(score of the target)/d(input): (n, h, w, c) float32."""
        slopes = self._slopes(_pooled(self._fine(images)), targets)
        return np.asarray(_spread(slopes) @ self.mix.T / _WHITE, np.float32)

    def logits_from(self, images: Images, activations: Activations, layer: str) -> Logits:
        """Return the scores with other values in place of a layer's output: (n · m, classes)."""
        cells = np.asarray(activations, np.float64)
        return self._scores(_pooled(cells) if self._is_fine(layer) else cells)

    @property
    def weighted_layers(self) -> tuple[str, ...]:
        """`fine`, whose weights are `mix`, and `coarse`, with `slope`, `curve` and `offset`."""
        return ("fine", "coarse")

    def randomised(self, layers: Sequence[str], seed: int) -> Self:
        """Return a model with the weights of some layers drawn anew, each as widely as it was."""
        other = copy.copy(self)
        for layer, names in (("fine", ("mix",)), ("coarse", ("slope", "curve", "offset"))):
            draw = np.random.default_rng([seed, len(names)])
            for name in names if layer in layers else ():
                weights = getattr(self, name)
                setattr(other, name, draw.normal(size=weights.shape) * weights.std())
        return other

    def _curve(self, draw: np.random.Generator, cells: tuple[int, ...]) -> _Numbers:
        return np.asarray(draw.normal(size=cells) / np.sqrt(np.prod(cells[1:])))

    def _is_fine(self, layer: str) -> bool:
        return self.choose_layer(layer).path == "fine"

    def _fine(self, images: Images) -> _Numbers:
        return np.asarray(images, np.float64) / _WHITE @ self.mix

    def _scores(self, cells: _Numbers) -> Logits:
        of_cells = self.slope + self.curve * cells[:, None] / 2
        return np.asarray(self.offset + (cells[:, None] * of_cells).sum(axis=(2, 3, 4)), np.float32)

    def _slopes(self, cells: _Numbers, targets: Targets) -> _Numbers:
        weights = target_weights(np.asarray(targets, np.int64), len(self.class_names))
        per_class = self.slope + self.curve * cells[:, None]
        return np.asarray((weights[:, :, None, None, None] * per_class).sum(axis=1), np.float64)


class LinearModel(QuadraticModel):
    """Scores are linear in the picture: what a map should be is known in closed form.

    The arguments are those of `QuadraticModel`; `curve` is zero. `weights` tells each class's weights on the
    input.
    """

    name = "linear"

    @property
    def weights(self) -> NDArray[np.float64]:
        """(classes, h, w, c): score = offset + Σ weights · input."""
        return np.asarray(_spread(self.slope) @ self.mix.T / _WHITE)

    def _curve(self, draw: np.random.Generator, cells: tuple[int, ...]) -> _Numbers:
        return np.zeros(cells)


class PlantedModel(LinearModel):
    """Two classes, told apart by the brightness of one place alone: a method must find that place.

    Args:
        place: Top, left, bottom, right of the evidence in pixels of the input; even, the last two exclusive.
        side: Height and width of the input in pixels; even.
        channels: 1 or 3.

    Attributes:
        evidence: (side, side), True on the pixels that decide.
    """

    name = "planted"

    def __init__(
        self, place: tuple[int, int, int, int] = (2, 8, 8, 14), *, side: int = 16, channels: int = 3
    ) -> None:
        super().__init__(("absent", "present"), side=side, channels=channels, features=1)
        top, left, bottom, right = place
        if any(edge % 2 for edge in place) or not (0 <= top < bottom <= side and 0 <= left < right <= side):
            raise ModelError(f"place={place}: give top, left, bottom, right within {side}, all even.")
        self.evidence: Mask = np.zeros((side, side), bool)
        self.evidence[top:bottom, left:right] = True
        self.mix = np.full((channels, 1), 1 / channels)
        cells = self.evidence[::2, ::2, None] / self.evidence[::2, ::2].sum()
        self.slope = np.stack([-8 * cells, 8 * cells])
        # Half of white is the border between the classes.
        self.offset = np.array([4.0, -4.0])

    def pictures(self, count: int = 3, seed: int = 0) -> Images:
        """Return inputs of the class `present`: dim noise, bright where the evidence is.

        Returns:
            (count, side, side, channels) float32, 0 to 255.
        """
        draw = np.random.default_rng(seed)
        side, channels = len(self.evidence), len(self.mix)
        pictures = draw.uniform(0, 60, (count, side, side, channels))
        pictures[:, self.evidence] += draw.uniform(140, 190, (count, 1, 1))
        return pictures.astype(np.float32)


def _pooled(fine: _Numbers) -> _Numbers:
    count, height, width, features = fine.shape
    windows = fine.reshape(count, height // 2, 2, width // 2, 2, features)
    return np.asarray(windows.mean(axis=(2, 4)))


def _spread(slopes: _Numbers) -> _Numbers:
    """Return the gradient with respect to `fine` for one with respect to `coarse`."""
    return np.asarray(slopes.repeat(2, axis=1).repeat(2, axis=2) / 4)

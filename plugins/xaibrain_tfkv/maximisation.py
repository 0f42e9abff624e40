"""Activation maximisation of tf-keras-vis: what a model would most like to see of each class."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import keras
import numpy as np

from xaibrain import Image, load_model
from xaibrain.errors import UsageError
from xaibrain.types import Images
from xaibrain_tfkv import library

_STRIDE = 1 / 64
"""Of the climb, as a share of the model's range of values."""


class ActivationMaximisation:
    """One picture a class, made by climbing the gradient of its score from even noise.

    Simonyan et al. 2013, arXiv:1312.6034, section 2, with the library's jitter, rotation, total variation and
    norm; by Adam, since the library's own first steps leap over what they climb. No scan and no lesion: an
    exaggeration of what raises the score, to be explained like any picture.

    Args:
        model: A registered name or a file; its pictures are made when they are asked for.
        steps: Of the climb.
        smoothness: Weight of the total variation, as against the score; the norm weighs 0.3 of it.
        seed: Of the noise, the jitter and the rotation.

    Attributes:
        class_names: The model's.
        default_model: The model.
        ids: One a class.

    Raises:
        UsageError: There is no step to take, or the seed is negative.
        ModelError: tf-keras-vis cannot work on the model.
    """

    def __init__(
        self, model: str = "phantom-efficientnet", steps: int = 60, smoothness: float = 0.01, seed: int = 0
    ) -> None:
        if steps < 1 or smoothness < 0 or seed < 0:
            raise UsageError(
                "tfkv-activation-maximisation: give steps of 1 or more, smoothness and seed of 0 or more."
            )
        self.default_model: str | None = model
        self.steps, self.smoothness, self.seed = steps, smoothness, seed
        self._model = load_model(model)
        self.class_names = self._model.class_names
        self.ids = tuple(f"most-{name}" for name in self.class_names)

    def __len__(self) -> int:
        """Return the number of classes."""
        return len(self.class_names)

    def __getitem__(self, index: int) -> Image:
        """Make the picture of one class: (h, w) or (h, w, 3) uint8 at the size of the model's input."""
        number = range(len(self))[index]
        low, high = self._range
        start, copy = self._start, self._copy
        with library.seeded(self.seed):
            rotation = library.Rotate2D(degree=1)
            # It would draw afresh each time.
            rotation.random_generator = np.random.default_rng(self.seed)
            made = library.ActivationMaximization(copy)(
                library.score_of(np.array([number]), copy),
                seed_input=start.copy(),
                input_range=(low, high),
                input_modifiers=[library.Jitter(jitter=4), rotation],
                regularizers=[
                    library.TotalVariation2D(weight=self.smoothness),
                    library.Norm(weight=0.3 * self.smoothness, p=1),
                ],
                optimizer=keras.optimizers.Adam(_STRIDE * (high - low)),
                steps=self.steps,
            )
        pixels = (np.asarray(made, np.float64)[0] - low) / (high - low) * 255
        grey = pixels[..., 0] if pixels.shape[2] == 1 else pixels
        return Image(
            pixels=np.clip(grey + 0.5, 0, 255).astype(np.uint8),
            id=self.ids[number],
            source=f"tf-keras-vis, {self.default_model}, steps={self.steps}, seed={self.seed}",
            label=self.class_names[number],
        )

    def __iter__(self) -> Iterator[Image]:
        """Make the pictures in order."""
        return (self[index] for index in range(len(self)))

    @property
    def _range(self) -> tuple[float, float]:
        low, high = self._model.preprocessing.get("value_range", (0.0, 255.0))
        return float(low), float(high)

    @cached_property
    def _start(self) -> Images:
        """Even noise around the middle of the model's range: (1, h, w, c)."""
        low, high = self._range
        shape = self._model.preprocess(Image(np.zeros((8, 8), np.uint8), "blank"))[0].shape
        share = np.random.default_rng(self.seed).uniform(0.4, 0.6, (1, *shape))
        return (low + (high - low) * share).astype(np.float32)

    @cached_property
    def _copy(self) -> Any:
        return library.linear_copy(self._model, self._start)

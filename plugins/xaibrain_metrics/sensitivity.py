"""Max- and average-sensitivity: how much the map changes when the picture hardly does."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from xaibrain import Need, Score, Trial
from xaibrain.errors import UsageError
from xaibrain.types import Images
from xaibrain_metrics.undefined import Undefined, scores_of


@dataclass(frozen=True)
class _Sensitivity:
    """Base: pictures are shaken within a box, and explained again for the same target.

    Attributes:
        radius: Of the box around the picture, as a share of its range of values.
        samples: How many pictures are drawn from it, uniformly.
        seed: Of the draw.
    """

    radius: float = 0.02
    samples: int = 10
    seed: int = 0
    higher_is_better: ClassVar[bool] = False
    needs: ClassVar[frozenset[Need]] = frozenset({"model", "explainer"})
    range: ClassVar[tuple[float, float]] = (0.0, math.inf)

    def __post_init__(self) -> None:
        if self.radius <= 0 or self.samples < 1:
            raise UsageError(
                f"sensitivity: radius={self.radius}, samples={self.samples} changes nothing; "
                "give a radius above 0 and a sample at least."
            )

    def score(self, trial: Trial) -> list[Score]:
        """Return one score a map; undefined where it is zero or not finite, here or on a shaken picture."""
        before = trial.explainer.explain(trial.model, trial.images, trial.targets).astype(np.float64)
        draws = [
            np.random.default_rng([self.seed, int(one.image.sha256[:12], 16)]) for one in trial.explanations
        ]
        changes = np.stack([self._changes(trial, before, draws) for _ in range(self.samples)])
        return scores_of(self._judged, before, changes.T)

    def _changes(
        self, trial: Trial, before: NDArray[np.float64], draws: list[np.random.Generator]
    ) -> NDArray[np.float64]:
        shaken = np.stack(
            [self._shaken(image, draw) for image, draw in zip(trial.images, draws, strict=True)]
        )
        shaken.flags.writeable = False
        after = trial.explainer.explain(trial.model, shaken, trial.targets).astype(np.float64)
        # Infinite maps have no difference; that is judged later.
        with np.errstate(invalid="ignore"):
            return np.asarray(np.sqrt(((after - before) ** 2).sum(axis=(1, 2))))

    def _shaken(self, image: Images, draw: np.random.Generator) -> Images:
        reach = self.radius * float(image.max() - image.min())
        return (image + draw.uniform(-reach, reach, image.shape)).astype(np.float32)

    def _judged(self, before: NDArray[np.float64], changes: NDArray[np.float64]) -> float:
        size = float(np.sqrt((before**2).sum()))
        if not (math.isfinite(size) and np.isfinite(changes).all()):
            raise Undefined("a map is non-finite")
        if size == 0:
            raise Undefined("the map is zero everywhere")
        return self.summed(changes / size)

    def summed(self, changes: NDArray[np.float64]) -> float:
        """Return one value for the relative changes of all samples."""
        raise NotImplementedError


@dataclass(frozen=True)
class MaxSensitivity(_Sensitivity):
    """Largest relative change of the map under small changes of the picture.

    Yeh et al. 2019, On the (In)fidelity and Sensitivity of Explanations, arXiv:1901.09392, max-sensitivity,
    estimated from samples, and over the norm of the map, as in Captum and Quantus: methods have different
    units.

    Attributes:
        radius: Of the box around the picture, as a share of its range of values.
        samples: How many pictures are drawn from it, uniformly.
        seed: Of the draw.
    """

    def summed(self, changes: NDArray[np.float64]) -> float:
        """Return the largest."""
        return float(changes.max())


@dataclass(frozen=True)
class AverageSensitivity(_Sensitivity):
    """Mean relative change of the map under small changes of the picture.

    After Yeh et al. 2019, On the (In)fidelity and Sensitivity of Explanations, arXiv:1901.09392, with the
    mean in place of the maximum, as in Quantus.

    Attributes:
        radius: Of the box around the picture, as a share of its range of values.
        samples: How many pictures are drawn from it, uniformly.
        seed: Of the draw.
    """

    def summed(self, changes: NDArray[np.float64]) -> float:
        """Return the mean."""
        return float(changes.mean())

"""How a model's outputs become class scores, and scores become what is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from xaibrain.types import Logits

Kind = Literal["softmax", "sigmoid", "linear"]


@dataclass(frozen=True)
class Head:
    """How a model's outputs become class scores.

    Attributes:
        kind: The activation that the outputs have gone through.
        units: The number of outputs; one stands for two classes.
        exact: Whether the scores are read before the activation; otherwise they are recovered from
            the probabilities, and lost where those are 0 or 1.
        note: What a reader should know, in a sentence.
        temperature: What scores are divided by before they become probabilities (Guo et al. 2017, On
            Calibration of Modern Neural Networks, section 4.2); the scores themselves stay as they are.
        hidden_dense: Whether a hidden dense layer with an activation stands between the last map and the
            scores.
    """

    kind: Kind
    units: int
    exact: bool
    note: str
    temperature: float = 1.0
    hidden_dense: bool = False

    @property
    def classes(self) -> int:
        """The number of classes: one unit tells two apart."""
        return max(self.units, 2)

    def probabilities(self, logits: Logits) -> Logits:
        """Return the model's own output for scores, at the temperature; for one unit, of both classes."""
        kind: Kind = "sigmoid" if self.kind == "sigmoid" or self.units == 1 else "softmax"
        return activated(kind, logits.astype(np.float64) / self.temperature).astype(np.float32)

    @property
    def description(self) -> str:
        """The note, and what else is to be known."""
        told = [self.note]
        if self.hidden_dense:
            told.append("a hidden dense layer stands between the last map and the scores")
        if self.temperature != 1:
            told.append(f"shown at temperature {self.temperature:.4g}")
        return "; ".join(told)


def activated(kind: Kind, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sigmoid of scores, or their softmax."""
    if kind == "sigmoid":
        return np.asarray(1 / (1 + np.exp(-np.clip(scores, -500, 500))))
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))

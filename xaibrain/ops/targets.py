"""The score that a target stands for: a logit, or the difference of two."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from xaibrain.types import Logits, Targets


def target_scores(logits: Logits, targets: Targets) -> NDArray[np.float32]:
    """Return the score of each picture's target: (n,).

    Args:
        logits: (n, classes), class scores before softmax or sigmoid.
        targets: (n,) class indices, or (n, 2) pairs: then logit(first) − logit(second), which is the
            logarithm of the odds of the first class against the second where the model ends in a softmax.
    """
    scores: NDArray[np.float32] = np.take_along_axis(logits, targets.reshape(len(logits), -1), axis=1)
    return scores[:, 0] if targets.ndim == 1 else scores[:, 0] - scores[:, 1]


def target_weights(targets: Targets, classes: int) -> NDArray[np.float32]:
    """Return (n, classes) weights whose product with the logits is the score: 1 for the class, −1 against.

    The gradient of the score is the gradient of the logits with these weights.
    """
    weights = np.zeros((len(targets), classes), np.float32)
    rows = np.arange(len(targets))
    columns = targets.reshape(len(targets), -1)
    weights[rows, columns[:, 0]] = 1
    if targets.ndim == 2:
        weights[rows, columns[:, 1]] -= 1
    return weights

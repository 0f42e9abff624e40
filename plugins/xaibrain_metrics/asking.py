"""What a model says of many changed pictures, a bounded batch at a time."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from xaibrain import Model, streamed_logits, target_scores
from xaibrain.types import Images, Logits, Targets

BATCH = 32
"""Pictures in memory."""


def logits_of(model: Model, pictures: Iterable[Images]) -> Logits:
    """Return the class scores of pictures that are made one at a time: (n, classes)."""
    return np.concatenate(list(streamed_logits(model, pictures, BATCH)))


def scores_for(model: Model, target: Targets, pictures: Iterable[Images]) -> NDArray[np.float64]:
    """Return the score of one target for each picture: (n,), in logits."""
    logits = logits_of(model, pictures)
    return target_scores(logits, np.repeat(target[None], len(logits), axis=0)).astype(np.float64)


def probabilities_for(model: Model, target: Targets, pictures: Iterable[Images]) -> NDArray[np.float64]:
    """Return the probability of one target for each picture: (n,), 0 to 1.

    For one class against another it is the first one's share of the two.
    """
    shares = np.asarray(model.probabilities(logits_of(model, pictures)), np.float64)
    sides = shares[:, target.reshape(-1)]
    if target.ndim == 0:
        return np.asarray(sides[:, 0])
    both = sides.sum(axis=1)
    return np.asarray(np.divide(sides[:, 0], both, out=np.full(len(both), 0.5), where=both > 0))

"""How often a checkpoint is right on pictures that it was kept from, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xaibrain.core.model import Model
from xaibrain.ops.bootstrap import mean_intervals
from xaibrain.streaming import streamed_logits
from xaibrain.types import Images


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Share of pictures whose highest score is the true class.

    Attributes:
        value: From 0 to 1.
        low: Lower end of the 95% interval: percentile bootstrap over groups of near-duplicates.
        high: Upper end of it.
        pictures: How many were scored.
        groups: How many groups they fall into.
        recall: Share found of each class.
    """

    value: float
    low: float
    high: float
    pictures: int
    groups: int
    recall: dict[str, float]


def held_out_accuracy(
    model: Model, images: Iterable[Images], labels: NDArray[np.int64], groups: NDArray[np.int64], seed: int
) -> Accuracy:
    """Score a model on preprocessed pictures.

    Args:
        model: Answers with class scores.
        images: (h, w, c) each, as the model's preprocessing gives them; they may be made as they are drawn.
        labels: (n,) class indices.
        groups: (n,) group numbers; near-duplicates share one.
        seed: Of the bootstrap.
    """
    right = np.concatenate(list(streamed_logits(model, images))).argmax(axis=1) == labels
    low, high = mean_intervals(right[:, None].astype(np.float64), groups, np.random.default_rng(seed))[:, 0]
    recall = {
        name: float(right[labels == index].mean())
        for index, name in enumerate(model.class_names)
        if (labels == index).any()
    }
    return Accuracy(float(right.mean()), float(low), float(high), len(right), len(np.unique(groups)), recall)

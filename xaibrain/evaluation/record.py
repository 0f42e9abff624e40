"""What an evaluation found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xaibrain.core.records import Failure
from xaibrain.evaluation.calibration import Fit, Floats, Labels
from xaibrain.evaluation.choice import On
from xaibrain.evaluation.exposure import Exposure
from xaibrain.evaluation.scores import Scores
from xaibrain.inputs import Item


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a model says of labelled pictures.

    Attributes:
        items: The pictures, to be read again.
        ids: Theirs.
        labels: (n,) true classes, as indices.
        logits: (n, classes) scores before softmax or sigmoid.
        probabilities: (n, classes) as they are shown: at the temperature that the model came with.
        unscaled: (n, classes) at temperature 1.
        groups: (n,) numbers; pictures whose 64-bit perceptual hashes are linked by 4 bits share one.
    """

    items: tuple[Item, ...]
    ids: tuple[str, ...]
    labels: Labels
    logits: NDArray[np.float32]
    probabilities: Floats
    unscaled: Floats
    groups: Labels


@dataclass(frozen=True, eq=False)
class Calibration:
    """What one temperature does to the probabilities (Guo et al. 2017, section 4.2).

    Attributes:
        temperature: Fitted on all evaluated pictures.
        before: Scores at temperature 1.
        after: Scores where each picture was scaled by a temperature fitted on other groups.
        scaled: (n, classes) the probabilities behind `after`.
    """

    temperature: Fit
    before: Scores
    after: Scores
    scaled: Floats = field(repr=False)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Everything that an evaluation found.

    Attributes:
        dataset: The dataset's name or class.
        model: The model's name.
        fingerprint: SHA-256 over the model's structure and weights.
        head: How the model's scores and probabilities are reached.
        stored_temperature: That which the model came with; 1 for none.
        card: The checkpoint's card.
        class_names: In the order of the model's outputs.
        on: Which pictures: `held-out`, `original`, `random` or `all`.
        seed: Of the random choice, the folds and the bootstrap.
        predictions: What the model says of each picture.
        failures: Pictures that could not be scored; they count nowhere.
        scores: How good the shown predictions are.
        exposure: What the model has seen of these pictures in training; None where that is not known.
        unseen: The scores without the pictures that were seen; None where none was, or all were.
        calibration: None where probabilities do not sum to 1, or there is one group only.
    """

    dataset: str
    model: str
    fingerprint: str
    head: str
    stored_temperature: float
    card: Mapping[str, Any] = field(repr=False)
    class_names: tuple[str, ...]
    on: On
    seed: int
    predictions: Predictions = field(repr=False)
    failures: tuple[Failure, ...]
    scores: Scores
    exposure: Exposure | None
    unseen: Scores | None
    calibration: Calibration | None

    @property
    def warning(self) -> str:
        """One line that says how many of the pictures were seen in training; empty if none is known of."""
        return self.exposure.warning(len(self.predictions.ids)) if self.exposure else ""

"""Whether probabilities mean what they say, and the one number that makes them do so better.

After Guo, Pleiss, Sun and Weinberger 2017, On Calibration of Modern Neural Networks, ICML.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

BINS = 15
COLDEST, HOTTEST = 0.02, 50.0
"""Between these temperatures the best one is looked for."""

_FOLDS = 5
_SMALLEST = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True)
class Reliability:
    """Top-label confidence against accuracy, in bins of equal width.

    Attributes:
        counts: (bins,) pictures whose highest probability falls into the bin.
        confidence: (bins,) their mean highest probability; NaN where there is none.
        accuracy: (bins,) the share of them that is right; NaN likewise.
    """

    counts: NDArray[np.int64]
    confidence: Floats
    accuracy: Floats

    @property
    def ece(self) -> float:
        """Expected calibration error, 0 to 1: the gaps' mean, weighted by pictures (equation 3)."""
        filled = self.counts > 0
        gaps = np.abs(self.accuracy[filled] - self.confidence[filled])
        return float((gaps * self.counts[filled]).sum() / self.counts.sum())


@dataclass(frozen=True)
class Fit:
    """A temperature and whether it lies within what was searched.

    Attributes:
        value: Class scores are divided by it.
        found: False where likelihood only grows towards the end of the range: all pictures are right,
            or the scores say nothing.
    """

    value: float
    found: bool


def summing(probabilities: Floats) -> bool:
    """Say whether the probabilities of each picture sum to 1; independent sigmoids need not."""
    return bool(np.allclose(probabilities.sum(axis=1), 1, atol=1e-4))


def reliability(probabilities: Floats, labels: Labels, bins: int = BINS) -> Reliability:
    """Sort pictures into bins ((m − 1)/M, m/M] of their highest probability (section 2).

    Args:
        probabilities: (n, classes), 0 to 1.
        labels: (n,) class indices.
        bins: How many.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    places = _places(confidence, bins)
    counts = np.bincount(places, minlength=bins)
    with np.errstate(invalid="ignore"):
        return Reliability(
            counts,
            np.bincount(places, confidence, bins) / counts,
            np.bincount(places, right.astype(np.float64), bins) / counts,
        )


def _places(confidence: Floats, bins: int) -> NDArray[np.int64]:
    return np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)


def expected_calibration_error(probabilities: Floats, labels: Labels, bins: int = BINS) -> float:
    """Return the ECE of the top label over equal bins, 0 to 1 (Guo et al. 2017, equation 3).

    Args:
        probabilities: (n, classes), 0 to 1.
        labels: (n,) class indices.
        bins: How many.
    """
    return reliability(probabilities, labels, bins).ece


def ece_if_calibrated(
    probabilities: Floats, groups: Labels, seed: int = 0, draws: int = 2000, bins: int = BINS
) -> Floats:
    """Return (draws,) ECEs that these probabilities would have if they were true, each 0 to 1.

    The ECE of a perfectly calibrated model is above 0 in any finite sample: every gap counts as one. How
    far above, labels drawn from the probabilities themselves show (Bröcker and Smith 2007, Increasing the
    Reliability of Reliability Diagrams, Weather and Forecasting 22: consistency resampling).

    Args:
        probabilities: (n, classes), 0 to 1; the rows sum to 1.
        groups: (n,) group numbers; near-duplicates share one, and their luck.
        seed: Of the draws.
        draws: How many.
        bins: As of the ECE.
    """
    confidence = probabilities.max(axis=1)
    _, group = np.unique(groups, return_inverse=True)
    luck = np.random.default_rng(seed).random((draws, int(group.max()) + 1))
    # Of the ECE's sum, each bin's part is |sum of right − sum of confidence|.
    gaps = ((luck[:, group] < confidence) - confidence) @ np.eye(bins)[_places(confidence, bins)]
    errors: Floats = np.abs(gaps).sum(axis=1) / len(confidence)
    return errors


def at_temperature(probabilities: Floats, temperature: float) -> Floats:
    """Return the probabilities of class scores divided by a temperature, from those at temperature 1.

    Their logarithms are class scores up to a constant that softmax does not see. The same holds for the
    two probabilities of a sigmoid.

    Args:
        probabilities: (n, classes); the rows sum to 1.
        temperature: Above 0.
    """
    from scipy.special import softmax

    scaled: Floats = softmax(np.log(np.maximum(probabilities, _SMALLEST)) / temperature, axis=1)
    return scaled


def fit_temperature(probabilities: Floats, labels: Labels) -> Fit:
    """Find the temperature of the highest likelihood (section 4.2), on its logarithm.

    The negative log-likelihood is convex in 1/T, so that it has one minimum in log T.

    Args:
        probabilities: (n, classes) at temperature 1; the rows sum to 1.
        labels: (n,) class indices.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax

    scores = np.log(np.maximum(probabilities, _SMALLEST))
    rows = np.arange(len(labels))

    def loss(log_temperature: float) -> float:
        return float(-log_softmax(scores / np.exp(log_temperature), axis=1)[rows, labels].mean())

    ends = np.log([COLDEST, HOTTEST])
    best = minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 1e-7})
    within = bool(np.abs(ends - best.x).min() > 1e-3)
    return Fit(float(np.exp(best.x)), within)


def cross_fitted(probabilities: Floats, labels: Labels, groups: Labels, seed: int) -> Floats | None:
    """Scale each picture by a temperature that was fitted on others.

    Groups are dealt into five folds (fewer where there are fewer); each fold is scaled by the
    temperature of the others. So what is measured afterwards is not measured on what was fitted.

    Args:
        probabilities: (n, classes) at temperature 1; the rows sum to 1.
        labels: (n,) class indices.
        groups: (n,) group numbers; near-duplicates share one, and one fold.
        seed: Of the folds.

    Returns:
        (n, classes) probabilities; None where there is only one group.
    """
    from sklearn.model_selection import GroupKFold

    folds = min(_FOLDS, len(np.unique(groups)))
    if folds < 2:
        return None
    scaled = np.empty_like(probabilities)
    for others, fold in GroupKFold(folds, shuffle=True, random_state=seed).split(labels, groups=groups):
        temperature = fit_temperature(probabilities[others], labels[others]).value
        scaled[fold] = at_temperature(probabilities[fold], temperature)
    return scaled

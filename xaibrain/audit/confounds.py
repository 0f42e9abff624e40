"""Whether the class can be told from what has nothing to do with the anatomy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xaibrain.audit.glance import Glance, Progress
from xaibrain.audit.measures import KINDS
from xaibrain.audit.together import kept_together
from xaibrain.errors import PluginError

FOLDS = 5
_TREES = 100
_RESAMPLES = 1000
_CONFIDENCE = 0.99


@dataclass(frozen=True)
class Probe:
    """How well one kind of measures tells the class, on pictures that it was not fitted to.

    Attributes:
        kind: One of `KINDS`, or "all" for all of them together.
        measures: What was measured.
        accuracy: Balanced accuracy (mean recall of the classes), 0 to 1, over all folds.
        low: Lower end of its 99 % interval (percentile bootstrap over pictures).
        high: Upper end.
        chance: Balanced accuracy of guessing: one over the number of classes.
        recall: The share of each class that was told.
        verdict: "no better than chance", "hints at the class", or "gives the class away" where the
            lower end is nearer to certainty than to chance.
    """

    kind: str
    measures: list[str]
    accuracy: float
    low: float
    high: float
    chance: float
    recall: dict[str, float]
    verdict: str


@dataclass(frozen=True)
class Probes:
    """The probes, and on what they were made.

    Attributes:
        pictures: How many took part: one of each group of twins, so that none is told by its twin.
        classes: Their classes.
        rows: One probe a kind, "all" first; empty where none could be made.
        reason: Why there is none; empty where there is.
    """

    pictures: int
    classes: dict[str, int]
    rows: list[Probe]
    reason: str = ""


def probe_confounds(
    seen: Sequence[Glance], groups: Sequence[Sequence[int]], seed: int, progress: Progress
) -> Probes:
    """Predict the class from size, aspect, border, intensity and format, cross-validated.

    A forest of extremely randomised trees (Geurts et al. 2006) with classes weighted evenly, in five
    stratified folds. Pictures with near hashes, such as neighbouring slices of one head, stay in one
    fold, and so do the groups of the dataset: pictures of one patient share their scanner and their
    class, and would tell on each other. Where nothing marks the patients, some do all the same, and the
    accuracy is an upper bound.

    Args:
        seen: The pictures.
        groups: Groups of twins, as positions among them; the first with a label stands for each.
        seed: Of folds, forests and bootstrap.
        progress: Told how far the work is.

    Raises:
        PluginError: scikit-learn is not installed.
    """
    chosen = _representatives(seen, groups)
    classes = dict(sorted(Counter(str(glance.label) for glance in chosen).items()))
    if len(classes) < 2:
        return Probes(len(chosen), classes, [], "there are not two classes with labels to tell apart")
    if min(classes.values()) < FOLDS:
        few = min(classes, key=lambda name: classes[name])
        return Probes(
            len(chosen), classes, [], f"{few} has fewer than {FOLDS} distinct pictures, one for each fold"
        )
    labels = np.unique([str(glance.label) for glance in chosen], return_inverse=True)[1]
    near = kept_together(chosen)
    if min(len(np.unique(near[labels == label])) for label in range(len(classes))) < FOLDS:
        return Probes(len(chosen), classes, [], f"a class has fewer than {FOLDS} groups of unlike pictures")
    rows = []
    for done, kind in enumerate(("all", *KINDS)):
        progress("probing", done, len(KINDS) + 1)
        names = [name for name in chosen[0].measures if kind in ("all", name.split()[0])]
        table = np.array([[glance.measures[name] for name in names] for glance in chosen])
        rows.append(_probe(kind, names, table, _Truth(list(classes), labels, near), seed))
    return Probes(len(chosen), classes, rows)


@dataclass(frozen=True)
class _Truth:
    """What is to be told: classes by name, each picture's class, and what stays in one fold."""

    classes: list[str]
    labels: NDArray[np.int64]
    near: NDArray[np.int64]


def _representatives(seen: Sequence[Glance], groups: Sequence[Sequence[int]]) -> list[Glance]:
    dropped: set[int] = set()
    for group in groups:
        dropped.update([position for position in group if seen[position].label is not None][1:])
    return [
        glance for position, glance in enumerate(seen) if position not in dropped and glance.label is not None
    ]


def _probe(kind: str, names: list[str], table: NDArray[np.float64], truth: _Truth, seed: int) -> Probe:
    try:
        from sklearn.ensemble import ExtraTreesClassifier
        from sklearn.metrics import recall_score
        from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
    except ModuleNotFoundError as error:
        raise PluginError("The audit needs scikit-learn. Run: pip install 'xaibrain[train]'") from error
    forest = ExtraTreesClassifier(_TREES, min_samples_leaf=2, class_weight="balanced", random_state=seed)
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    told = cross_val_predict(forest, table, truth.labels, groups=truth.near, cv=folds)
    low, high = _interval(truth.labels, told, seed)
    recall = recall_score(truth.labels, told, average=None, zero_division=0)
    chance = 1 / len(truth.classes)
    by_class = {name: float(value) for name, value in zip(truth.classes, recall, strict=True)}
    accuracy = float(np.mean(recall))
    return Probe(kind, names, accuracy, low, high, chance, by_class, _verdict(low, chance))


def _interval(labels: NDArray[np.int64], told: NDArray[np.int64], seed: int) -> tuple[float, float]:
    from scipy.stats import bootstrap

    found = bootstrap(
        (labels, told), _mean_recall, paired=True, vectorized=True, method="percentile", batch=100,
        n_resamples=_RESAMPLES, confidence_level=_CONFIDENCE, rng=np.random.default_rng(seed),
    )  # fmt: skip
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def _mean_recall(labels: NDArray[np.int64], told: NDArray[np.int64], axis: int = -1) -> NDArray[np.float64]:
    """Balanced accuracy along an axis; a class that a resample lacks counts as not told."""
    recalls = []
    for label in range(int(labels.max()) + 1):
        there = labels == label
        recalls.append((there & (told == label)).sum(axis) / np.maximum(there.sum(axis), 1))
    return np.asarray(np.mean(recalls, axis=0), np.float64)


def _verdict(low: float, chance: float) -> str:
    if low <= chance:
        return "no better than chance"
    return "gives the class away" if low > (1 + chance) / 2 else "hints at the class"

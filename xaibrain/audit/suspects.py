"""Labels that a model's own view of the pictures speaks against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xaibrain.audit.glance import Glance, Progress
from xaibrain.audit.together import kept_together
from xaibrain.core.model import Model
from xaibrain.errors import PluginError
from xaibrain.inputs import Item

FOLDS = 5

_BATCH = 32
_STRENGTH = 3.0  # of the fit, shared among the features: many of them must not make it overconfident


@dataclass(frozen=True)
class Suspect:
    """A picture whose label is doubtful.

    Attributes:
        position: The picture.
        label: As the dataset gives it.
        suggested: The most probable class.
        given: Probability of its label, 0 to 1, as told by pictures of other groups.
        other: Probability of the suggested class.
        trained_on: Whether the model was trained on it; None where its card does not tell.
    """

    position: int
    label: str
    suggested: str
    given: float
    other: float
    trained_on: bool | None


@dataclass(frozen=True)
class Suspects:
    """The doubtful labels, and what they stand on.

    Attributes:
        model: Whose features were used.
        features: Which ones.
        classes: Class to the number of labelled pictures.
        accuracy: Balanced accuracy of the cross-validated predictions, 0 to 1, as the given labels have
            it: where it is low, so is the worth of the list.
        rows: The least probable label first.
        trained_on: How many of the pictures the model was trained on; None where its card does not tell.
        reason: Why labels were not looked at; empty where they were.
    """

    model: str
    features: str
    classes: dict[str, int]
    accuracy: float
    rows: list[Suspect]
    trained_on: int | None
    reason: str = ""

    @property
    def by_class(self) -> dict[str, int]:
        """Class to the number of doubtful labels."""
        counts = Counter(row.label for row in self.rows)
        return {name: counts[name] for name in self.classes}

    @property
    def caveat(self) -> str:
        """What a reader of the list must know, in one line."""
        told = f"Suspected, not proven: have each looked at by somebody who can tell. {self.model} was"
        if self.trained_on is None:
            return f"{told} perhaps trained on these pictures, its card does not say; if so, it misses some."
        if not self.trained_on:
            return f"{told} trained on none of these pictures, by its card."
        pictures, among = sum(self.classes.values()), sum(row.trained_on is True for row in self.rows)
        return (
            f"{told} trained on {self.trained_on:,} of these pictures with these labels, by its card, and "
            f"{among} of them are suspected, beside {len(self.rows) - among} of the "
            f"{pictures - self.trained_on:,} others: errors among the former are easily missed."
        )


def find_suspects(
    seen: Sequence[Glance],
    twins: Sequence[Sequence[int]],
    items: Sequence[Item],
    model: Model,
    seed: int,
    progress: Progress,
) -> Suspects:
    """Look for label errors by confident learning (Northcutt et al. 2021, in the library cleanlab).

    A logistic regression on the model's features predicts the label of each picture in five stratified
    folds. Twins, near hashes and the groups of the dataset stay in one fold: a wrong label must not be
    confirmed by a copy that carries it too. From predictions and labels cleanlab estimates how often each
    class is labelled as each other, and takes that many of the least probable labels.

    Args:
        seen: The pictures; those with a label take part.
        twins: Groups of twins, as positions among them.
        items: What they were read from; they are read once more.
        model: Whose features to use; which classes it knows does not matter.
        seed: Of the folds.
        progress: Told how far the work is.

    Raises:
        PluginError: cleanlab or scikit-learn is not installed.
    """
    _check_installed()
    chosen = [position for position, glance in enumerate(seen) if glance.label is not None]
    labels = np.array([str(seen[position].label) for position in chosen])
    names, numbers, counts = np.unique(labels, return_inverse=True, return_counts=True)
    classes = {str(name): int(count) for name, count in zip(names, counts, strict=True)}
    groups = kept_together(seen, twins)[chosen]
    reason = _too_few(classes, labels, groups)
    if reason:
        return Suspects(model.name, "", classes, 0.0, [], None, reason)
    told, features = _features(model, [items[seen[position].index] for position in chosen], progress)
    probabilities = _predicted(features, numbers, groups, seed)
    trained_on = _trained_on(model, [seen[position].id for position in chosen])
    rows = [
        Suspect(
            chosen[row],
            str(labels[row]),
            str(names[probabilities[row].argmax()]),
            float(probabilities[row, numbers[row]]),
            float(probabilities[row].max()),
            trained_on[row] if trained_on else None,
        )
        for row in _doubtful(numbers, probabilities)
    ]
    accuracy = float(
        np.mean([(probabilities[numbers == k].argmax(axis=1) == k).mean() for k in range(len(names))])
    )
    return Suspects(model.name, told, classes, accuracy, rows, sum(trained_on) if trained_on else None)


def _check_installed() -> None:
    try:
        import cleanlab.filter  # noqa: F401
        import sklearn  # noqa: F401
    except ModuleNotFoundError as error:
        raise PluginError(
            f"Looking for label errors needs {error.name}. Run: pip install 'xaibrain[train]'"
        ) from error


def _too_few(classes: dict[str, int], labels: NDArray[np.str_], groups: NDArray[np.int64]) -> str:
    if len(classes) < 2:
        return "there are not two classes with labels to tell apart"
    for name in classes:
        if len(np.unique(groups[labels == name])) < FOLDS:
            return f"{name} has fewer than {FOLDS} groups of unlike pictures, one for each fold"
    return ""


def _features(model: Model, items: Sequence[Item], progress: Progress) -> tuple[str, NDArray[np.float64]]:
    """Return the features in words, and as (n, k): a layer averaged over space, or else the scores."""
    path = ""
    if "activations" in model.capabilities:
        layer = model.choose_layer("auto")
        path = layer.path
    rows = []
    for start in range(0, len(items), _BATCH):
        progress("looking for label errors", start, len(items))
        batch = np.stack([model.preprocess(item.read())[0] for item in items[start : start + _BATCH]])
        rows.append(model.activations(batch, path).mean(axis=(1, 2)) if path else model.logits(batch))
    told = f"{path}, averaged over space" if path else "scores"
    return told, np.concatenate(rows).astype(np.float64)


def _predicted(
    features: NDArray[np.float64], labels: NDArray[np.int64], groups: NDArray[np.int64], seed: int
) -> NDArray[np.float64]:
    """Return (n, classes) probabilities, each picture's from a fit that knows none of its group."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    regression = make_pipeline(
        StandardScaler(), LogisticRegression(C=_STRENGTH / features.shape[1], max_iter=1000)
    )
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    return np.asarray(
        cross_val_predict(regression, features, labels, groups=groups, cv=folds, method="predict_proba"),
        np.float64,
    )


def _doubtful(labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> list[int]:
    from cleanlab.filter import find_label_issues

    # One process: starting others costs more than the work does.
    found = find_label_issues(labels, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1)
    return [int(row) for row in found]


def _trained_on(model: Model, ids: Sequence[str]) -> list[bool]:
    """Say of each picture whether the model's card has it trained on; empty where it does not tell.

    A card lists what was held out or watched. If that is among these pictures, the rest of them was
    trained on.
    """
    split = getattr(model, "card", {}).get("split", {})
    held = {*split.get("held_out", ()), *split.get("validation", ())}
    return [id not in held for id in ids] if held & set(ids) else []

"""A model and a dataset with labels in, an evaluation out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from xaibrain.audit.glance import Progress
from xaibrain.audit.hashing import near_duplicate_groups, perceptual_hash
from xaibrain.core.dataset import Dataset
from xaibrain.core.model import Model
from xaibrain.core.records import Failure, Image
from xaibrain.errors import DatasetError, PluginError, UsageError
from xaibrain.evaluation.calibration import cross_fitted, fit_temperature, summing
from xaibrain.evaluation.choice import On, chosen, held_out_ids, ids_of, is_home
from xaibrain.evaluation.exposure import Exposure, find_exposure
from xaibrain.evaluation.predicting import scored
from xaibrain.evaluation.record import Calibration, Evaluation, Predictions
from xaibrain.evaluation.scores import Scores, scores_of
from xaibrain.inputs import Item, items_of
from xaibrain.loading import load_dataset, opened_model


def evaluate(
    dataset: str | Dataset,
    *,
    model: str | os.PathLike[str] | Model | None = None,
    on: On | None = None,
    seed: int = 0,
    batch_size: int = 32,
    name: str = "",
    progress: Progress = lambda what, done, total: None,
) -> Evaluation:
    """Score a model on labelled pictures, with intervals, and look for what it has seen of them.

    Args:
        dataset: A registered name, or a dataset.
        model: A registered name, a model file, or what `load_model` or `wrap` returned. Left out, the
            dataset's own default.
        on: `held-out`: what the checkpoint's card says was kept from training. `original`: the
            dataset's own test split. `random`: 15 % at random, as tutorials do. `all`. Left out,
            `held-out` where the checkpoint was trained on this dataset, else `all`.
        seed: Of the random choice, the folds and the bootstrap.
        batch_size: Pictures a forward pass.
        name: What to call the dataset; its own name if left out.
        progress: Called with what is being done, how much of it is done, and how much there is.

    Raises:
        UsageError: An unknown name or choice.
        DatasetError: No picture can be read, or a label that is no class of the model.
        PluginError: scikit-learn or ImageHash is not installed.
    """
    _require_libraries()
    if batch_size < 1:
        raise UsageError(f"batch_size={batch_size} holds no picture; give 1 or more.")
    pictures = load_dataset(dataset) if isinstance(dataset, str) else dataset
    called = name or (dataset if isinstance(dataset, str) else type(dataset).__name__)
    asked = opened_model(model, pictures.default_model)
    card: Mapping[str, Any] = getattr(asked, "card", {})
    items = items_of(pictures)
    ids = ids_of(pictures, items)
    on, positions = chosen(ids, on, held_out_ids(card), seed)
    chosen_items = [items[place] for place in positions]
    predictions, failures = _predictions(asked, chosen_items, batch_size, progress, called)
    known = is_home(ids, held_out_ids(card))
    exposure = find_exposure(items, ids, positions, card, progress) if known else None
    progress("scoring", 0, 1)
    names = asked.class_names
    scores = scores_of(predictions.probabilities, predictions.labels, predictions.groups, names, seed)
    return Evaluation(
        dataset=called,
        model=asked.name,
        fingerprint=asked.fingerprint,
        head=asked.head,
        stored_temperature=temperature_of(asked),
        card=card,
        class_names=names,
        on=on,
        seed=seed,
        predictions=predictions,
        failures=failures,
        scores=scores,
        exposure=exposure,
        unseen=_unseen(predictions, exposure, names, seed),
        calibration=_calibration(predictions, scores, names, seed),
    )


def temperature_of(model: Model) -> float:
    """Return the temperature of a model's probabilities; 1 for models that have none."""
    return float(getattr(model, "temperature", 1.0))


def _require_libraries() -> None:
    for library in ("imagehash", "sklearn"):
        if find_spec(library) is None:
            raise PluginError(f"Evaluating needs {library}. Run: pip install 'xaibrain[train]'")


def _predictions(
    model: Model, items: Sequence[Item], batch_size: int, progress: Progress, dataset: str
) -> tuple[Predictions, tuple[Failure, ...]]:
    kept, ids, labels, logits, hashes, failures = [], [], [], [], [], []
    for place, outcome in enumerate(scored(model, items, batch_size)):
        progress("predicting", place, len(items))
        if isinstance(outcome, Failure):
            failures.append(outcome)
            continue
        image, scores = outcome
        kept.append(items[place])
        ids.append(image.id)
        labels.append(_class_of(image, model))
        logits.append(scores)
        hashes.append(perceptual_hash(image))
    if not kept:
        first = f" The first: {failures[0].error}" if failures else ""
        raise DatasetError(f"None of the {len(items)} chosen pictures of {dataset} can be read.{first}")
    raw = np.stack(logits)
    found = Predictions(
        tuple(kept),
        tuple(ids),
        np.array(labels, np.int64),
        raw,
        model.probabilities(raw).astype(np.float64),
        # At the model's own temperature of T, T times the scores come out as at 1.
        model.probabilities(raw * np.float32(temperature_of(model))).astype(np.float64),
        near_duplicate_groups(hashes),
    )
    return found, tuple(failures)


def _class_of(image: Image, model: Model) -> int:
    label = image.label
    if label is None:
        raise DatasetError(
            f"{image.id} has no label, so that nothing can be scored. Use a dataset with one folder a class, "
            "or classify the pictures with: xaibrain predict"
        )
    if label not in model.class_names:
        raise DatasetError(
            f"{image.id}: '{label}' is no class of '{model.name}', whose classes are "
            f"{', '.join(model.class_names)}. Rename the folders, or name the outputs: -s model.class_names=…"
        )
    return model.class_names.index(label)


def _unseen(
    predictions: Predictions, exposure: Exposure | None, names: tuple[str, ...], seed: int
) -> Scores | None:
    seen = exposure.ids if exposure else frozenset()
    keep = np.array([id not in seen for id in predictions.ids])
    if keep.all() or not keep.any():
        return None
    return scores_of(
        predictions.probabilities[keep], predictions.labels[keep], predictions.groups[keep], names, seed
    )


def _calibration(
    predictions: Predictions, shown: Scores, names: tuple[str, ...], seed: int
) -> Calibration | None:
    labels, groups, unscaled = predictions.labels, predictions.groups, predictions.unscaled
    scaled = cross_fitted(unscaled, labels, groups, seed) if summing(unscaled) else None
    if scaled is None:
        return None
    same = np.array_equal(unscaled, predictions.probabilities)
    return Calibration(
        fit_temperature(unscaled, labels),
        shown if same else scores_of(unscaled, labels, groups, names, seed),
        scores_of(scaled, labels, groups, names, seed),
        scaled,
    )

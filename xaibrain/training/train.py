"""Dataset and model in, checkpoint with its card out."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from xaibrain.core.interfaces import Dataset
from xaibrain.errors import DatasetError, InputError
from xaibrain.keras.checkpoint import save_checkpoint
from xaibrain.keras.files import load_file
from xaibrain.keras.model import KerasModel
from xaibrain.training.fit import fit
from xaibrain.training.recipe import Recipe
from xaibrain.training.score import Accuracy, held_out_accuracy
from xaibrain.training.split import Split, group_split, near_duplicate_groups, perceptual_hash

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""

_METHODS = {
    "group": "whole groups of near-duplicates (64-bit perceptual hash, 4 bits), stratified by class",
    "random": "single pictures at random, stratified by class",
}


class _Prepared:
    """A dataset in memory, as one model sees it."""

    def __init__(self, dataset: Dataset, model: KerasModel, split: str, progress: Progress) -> None:
        self.ids: list[str] = []
        self.unreadable: list[str] = []
        images, labels, hashes = [], [], []
        for index in range(len(dataset)):
            progress("reading", index, len(dataset))
            try:
                image = dataset[index]
            except InputError as error:
                self.unreadable.append(str(error))
                continue
            if image.label is None:
                raise DatasetError(f"{image.id} has no label; train on a dataset with one folder a class.")
            images.append(np.rint(model.preprocess(image)[0]).clip(0, 255).astype(np.uint8))
            labels.append(dataset.class_names.index(image.label))
            if split == "group":
                hashes.append(perceptual_hash(image))
            self.ids.append(image.id)
        if not images:
            raise DatasetError("The dataset has no readable picture; check its folder.")
        self.images = np.stack(images)
        self.labels: NDArray[np.int64] = np.array(labels, np.int64)
        self.groups = near_duplicate_groups(hashes) if hashes else np.arange(len(labels))
        self.method = _METHODS[split]

    def card(self, split: Split) -> dict[str, Any]:
        return {
            "pictures": len(self.ids),
            "groups": int(self.groups.max()) + 1,
            "unreadable": self.unreadable,
            "method": self.method,
            "held_out": [self.ids[index] for index in split.held_out],
        }


def _told(logs: Mapping[str, float]) -> str:
    return "training, " + ", ".join(f"{name} {float(value):.3f}" for name, value in sorted(logs.items()))


def seeded(seed: int) -> None:
    """Seed every generator; before the network is made, so that its initial weights follow too."""
    keras.utils.set_random_seed(seed)


def train(
    dataset: Dataset, model: KerasModel, recipe: Recipe, path: Path, command: str, progress: Progress
) -> tuple[KerasModel, Accuracy]:
    """Train a model, write it as a checkpoint, load that again and score it on what was held out.

    Args:
        dataset: Labelled pictures; its classes must be the model's.
        model: A fresh model that takes pixels from 0 to 255; its network is trained in place.
        recipe: Every choice.
        path: The `.keras` file to write.
        command: What the user typed, for the card.
        progress: Told how far the work is.

    Returns:
        The checkpoint as reloaded, and its held-out accuracy, which is also in its card.

    Raises:
        DatasetError: Pictures without labels, or too few of them.
        OutputError: The file cannot be written.
    """
    prepared = _Prepared(dataset, model, recipe.split, progress)
    split = group_split(prepared.labels, prepared.groups, recipe.held_out, recipe.seed)
    steps = recipe.epochs * math.ceil(len(split.train) / recipe.batch_size)
    done = itertools.count(1)
    told = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: progress(_told(logs), next(done), steps)
    )
    curves = fit(model.network, prepared.images[split.train], prepared.labels[split.train], recipe, [told])
    card = {
        "class_names": list(model.class_names),
        "preprocessing": dict(model.preprocessing),
        "command": command,
        "recipe": asdict(recipe),
        "versions": dict(model.versions),
        "split": prepared.card(split),
        "curves": {name: [round(value, 4) for value in curve] for name, curve in curves.items()},
    }
    save_checkpoint(model.network, card, path)
    # The score is that of the file, not of the network in memory: a layer may come back changed.
    reloaded = load_file(path)
    held = split.held_out
    accuracy = held_out_accuracy(
        reloaded, prepared.images[held], prepared.labels[held], prepared.groups[held], recipe.seed
    )
    save_checkpoint(model.network, {**card, "held_out": asdict(accuracy)}, path)
    return load_file(path), accuracy

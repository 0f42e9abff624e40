"""Dataset and model in, checkpoint with its card out."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from xaibrain.audit.glance import glances
from xaibrain.core.interfaces import Dataset, Planter
from xaibrain.core.records import Image
from xaibrain.errors import DatasetError
from xaibrain.inputs import items_of
from xaibrain.keras.checkpoint import save_checkpoint
from xaibrain.keras.files import load_file
from xaibrain.keras.model import KerasModel
from xaibrain.loading import load_dataset
from xaibrain.training.fit import fit
from xaibrain.training.groups import groups_of
from xaibrain.training.planting import planted, planter_of
from xaibrain.training.prepared import Pictures, Progress, prepared
from xaibrain.training.recipe import Recipe
from xaibrain.training.score import Accuracy, held_out_accuracy
from xaibrain.training.split import Split, group_split, inherited_split

_METHODS = {
    "group": "whole groups of near-duplicates (the audit's twins, and 64-bit perceptual hashes within "
    "4 bits), stratified by class",
    "random": "single pictures at random, stratified by class",
}


@dataclass(frozen=True, eq=False)
class _Material:
    """What there is to learn from, and how it is split."""

    ids: list[str]
    groups: NDArray[np.int64]
    unreadable: list[str]
    split: Split

    def card(self, method: str, pretrained: bool) -> dict[str, Any]:
        kept = "; held out as by the weights that training began with" if pretrained else ""
        return {
            "pictures": len(self.ids),
            "groups": len(np.unique(self.groups)),
            "unreadable": self.unreadable,
            "method": _METHODS[method] + kept,
            "held_out": [self.ids[index] for index in self.split.held_out],
        }


def seeded(seed: int) -> None:
    """Seed every generator; before the network is made, so that its initial weights follow too."""
    keras.utils.set_random_seed(seed)


def train(
    dataset: Dataset, model: KerasModel, recipe: Recipe, path: Path, command: str, progress: Progress
) -> tuple[KerasModel, Accuracy]:
    """Train a model, write it as a checkpoint, load that again and score it on what was held out.

    Args:
        dataset: Labelled pictures; its classes must be the model's.
        model: A fresh model that takes pixels from 0 to 255; its network is trained in place. What the
            weights it starts with were kept from (`split` in its card's `pretraining`) is held out.
        recipe: Every choice.
        path: The `.keras` file to write.
        command: What the user typed, for the card.
        progress: Told how far the work is.

    Returns:
        The checkpoint as reloaded, and its held-out accuracy, which is also in its card.

    Raises:
        DatasetError: Pictures without labels, or too few of them.
        ModelError: There is guidance, and the network has no class activation map.
        OutputError: The file cannot be written.
    """
    planter = planter_of(load_dataset(recipe.planter)) if recipe.planted else None
    pretraining = model.card.get("pretraining", {})
    images, material = _read(dataset, model, recipe, pretraining, progress)
    train_images = [images[index] for index in material.split.train]
    pictures = prepared(model, train_images)
    lesioned = _lesioned(model, train_images)
    if planter is not None:
        pictures = pictures + _planted(model, planter, train_images, recipe, progress)
        lesioned |= np.isin(model.class_names, planter.lesions)
    steps = recipe.epochs * math.ceil(len(pictures) / recipe.batch_size)
    done = itertools.count(1)
    told = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: progress(_told(logs), next(done), steps)
    )
    backup = keras.callbacks.BackupAndRestore(path.with_suffix(".training"), delete_checkpoint=False)
    curves = fit(model.network, pictures, lesioned, recipe, [told, backup])
    card = {
        "class_names": list(model.class_names),
        "preprocessing": dict(model.preprocessing),
        "command": command,
        "recipe": asdict(recipe),
        "versions": dict(model.versions),
        "split": material.card(recipe.split, bool(pretraining)),
        "curves": {name: [round(value, 4) for value in curve] for name, curve in curves.items()},
    }
    if pretraining:
        card["pretraining"] = pretraining
    save_checkpoint(model.network, card, path)
    # The score is that of the file, not of the network in memory: a layer may come back changed.
    reloaded = load_file(path)
    held = prepared(model, [images[index] for index in material.split.held_out])
    groups = material.groups[material.split.held_out]
    accuracy = held_out_accuracy(reloaded, held.images, held.labels, groups, recipe.seed)
    save_checkpoint(model.network, {**card, "held_out": asdict(accuracy)}, path)
    return load_file(path), accuracy


def _read(
    dataset: Dataset, model: KerasModel, recipe: Recipe, pretraining: Mapping[str, Any], progress: Progress
) -> tuple[list[Image], _Material]:
    seen, unreadable = glances(items_of(dataset), progress)
    if not seen:
        raise DatasetError("The dataset has no readable picture; check its folder.")
    for glance in seen:
        if glance.label is None:
            raise DatasetError(f"{glance.id} has no label; train on a dataset with one folder a class.")
    images = [dataset[glance.index] for glance in seen]
    ids = [image.id for image in images]
    groups = groups_of(seen, progress) if recipe.split == "group" else np.arange(len(seen))
    before = pretraining.get("split", {}).get("held_out", ())
    if set(before) & set(ids):
        split = inherited_split(ids, groups, before)
    else:
        labels = np.array([model.class_names.index(str(image.label)) for image in images])
        split = group_split(labels, groups, recipe.held_out, recipe.seed)
    return images, _Material(ids, groups, unreadable, split)


def _lesioned(model: KerasModel, images: Sequence[Image]) -> NDArray[np.bool_]:
    """Return for each class whether some picture of it shows where the lesion is."""
    shown = {str(image.label) for image in images if image.mask is not None and image.mask.any()}
    return np.isin(model.class_names, list(shown))


def _planted(
    model: KerasModel, planter: Planter, hosts: Sequence[Image], recipe: Recipe, progress: Progress
) -> Pictures:
    count = round(recipe.planted * len(hosts))
    made, elsewhere = [], []
    for image, own in planted(planter, hosts, count, recipe.seed):
        made.append(image)
        elsewhere.append(own)
        progress("planting", len(made), count)
    if not made:
        raise DatasetError("No picture has room for a lesion; set planted=0.")
    return dataclasses.replace(prepared(model, made), elsewhere=np.array(elsewhere))


def _told(logs: Mapping[str, float]) -> str:
    return "training, " + ", ".join(f"{name} {float(value):.3f}" for name, value in sorted(logs.items()))

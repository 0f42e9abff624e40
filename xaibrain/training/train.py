"""Dataset and model in, checkpoint with its card out."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np

from xaibrain.core.dataset import Dataset
from xaibrain.core.records import Image
from xaibrain.errors import DatasetError
from xaibrain.keras.checkpoint import save_checkpoint
from xaibrain.keras.files import load_file
from xaibrain.keras.model import KerasModel
from xaibrain.loading import load_dataset
from xaibrain.training.fit import Fit, Surroundings
from xaibrain.training.material import Chosen, Material, material_of
from xaibrain.training.memory import Memory
from xaibrain.training.planting import planted, planter_of
from xaibrain.training.prepared import Pictures, Progress, prepared
from xaibrain.training.recipe import Recipe
from xaibrain.training.score import Accuracy, held_out_accuracy
from xaibrain.training.workers import check_agreement, is_chief

_WATCHED = 8
"""How many pictures are explained after each epoch."""

Watch = Callable[[int, Sequence[Image]], None]
"""Called after each epoch, from 1, with some held-out pictures, evenly over the classes."""


def seeded(seed: int) -> None:
    """Seed every generator; before the network is made, so that its initial weights follow too."""
    keras.utils.set_random_seed(seed)


def train(
    dataset: Dataset,
    model: KerasModel,
    recipe: Recipe,
    path: Path,
    command: str,
    around: Surroundings | None = None,
    watch: Watch | None = None,
    warn: Callable[[str], None] = lambda line: None,
) -> tuple[KerasModel, Accuracy] | None:
    """Train a model, write it as a checkpoint, and score what the file holds on what was held out.

    A training that was stopped goes on after the last whole epoch when it is called again with the same
    data, model and recipe: until it is done, its state lies in a folder beside the checkpoint.

    Args:
        dataset: Labelled pictures of the model's classes.
        model: Takes pixels from 0 to 255; its network is trained in place. What the weights it starts with
            were kept from, as its card says, is held out.
        recipe: Every choice.
        path: The `.keras` file to write.
        command: What the user typed, for the card.
        around: On which devices, and whom to tell.
        watch: Looks at the network after each epoch.
        warn: Told, in one line, what makes the accuracy doubtful.

    Returns:
        The checkpoint as loaded from the file, and its held-out accuracy, which is also in its card. None
        where this is one of several workers and not the first, who alone writes anything.

    Raises:
        DatasetError: Pictures without labels, or too few of them.
        ModelError: There is guidance, and the network has no class activation map; or another worker left.
        OutputError: The file cannot be written, or the state of another training lies beside it.
        UsageError: Another worker does another training.
    """
    around = around or Surroundings()
    pretraining = pretraining_of(model)
    material = material_of(dataset, model.class_names, recipe, pretraining, around.progress)
    if material.leaks:
        held = len(material.split.held_out)
        warn(
            f"{material.leaks} of the {held} held-out pictures have a twin among those trained on: the "
            "accuracy measures memory too. split=group keeps twins together."
        )
    identity = _identity(model, recipe, material)
    check_agreement(around.strategy, identity)
    memory = Memory(_folder_beside(path), identity) if is_chief(around.strategy) else None
    fitted = Fit(
        model.network,
        _to_learn_from(model, material, recipe, around.progress),
        recipe,
        _watched(model, material),
        pretraining,
        dataclasses.replace(
            around,
            memory=memory,
            watch=_told(watch, material) if memory else None,
            tensorboard=around.tensorboard if memory else None,
        ),
    )
    curves = fitted.run()
    if memory is None:
        return None
    card = {**_card(model, recipe, command, material, pretraining), "curves": _rounded(curves)}
    # The score is that of a file, not of the network in memory: a layer may come back changed.
    unscored = memory.folder / "unscored.keras"
    save_checkpoint(model.network, card, unscored)
    accuracy = _scored(load_file(unscored), material, recipe)
    save_checkpoint(model.network, {**card, "held_out": asdict(accuracy)}, path)
    memory.forget()
    return load_file(path), accuracy


def pretraining_of(model: KerasModel) -> dict[str, Any]:
    """Return what is known of the weights that a model starts with: of a checkpoint, its own card."""
    if "split" not in model.card:
        return dict(model.card.get("pretraining", {}))
    kept = ("command", "recipe", "split", "held_out", "pretraining")
    return {key: model.card[key] for key in kept if key in model.card}


def _folder_beside(path: Path) -> Path:
    return path.with_suffix(".training")


def _identity(model: KerasModel, recipe: Recipe, material: Material) -> str:
    """Return a digest of all that a training depends on."""
    parts = [asdict(recipe), material.card(), model.fingerprint, dict(model.preprocessing)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def _to_learn_from(model: KerasModel, material: Material, recipe: Recipe, progress: Progress) -> Pictures:
    """Return the training pictures, and some with planted lesions if the recipe wants them."""
    hosts = material.part(material.split.train)
    pictures = prepared(model, hosts)
    if not recipe.planted:
        return pictures
    return pictures + planted_pictures(model, hosts, recipe, progress)


def planted_pictures(model: KerasModel, hosts: Chosen, recipe: Recipe, progress: Progress) -> Pictures:
    """Return preprocessed pictures with planted lesions, as many as the recipe wants.

    Raises:
        DatasetError: No host has room for a lesion.
        UsageError: The recipe's planter plants none.
    """
    planter = planter_of(load_dataset(recipe.planter))
    count = round(recipe.planted * len(hosts))
    made, elsewhere = [], []
    for image, own in planted(planter, hosts, hosts.labels, count, recipe.seed):
        made.append(image)
        elsewhere.append(own)
        progress("planting", len(made), count)
    if not made:
        raise DatasetError("No picture has room for a lesion; set planted=0.")
    return dataclasses.replace(prepared(model, made), elsewhere=np.array(elsewhere))


def _watched(model: KerasModel, material: Material) -> Pictures | None:
    part = material.part(material.split.validation)
    return prepared(model, part) if len(part) else None


def _told(watch: Watch | None, material: Material) -> Callable[[int], None] | None:
    """Return what explains some held-out pictures after an epoch."""
    if watch is None:
        return None
    held = material.part(material.split.held_out)
    classes = sorted(set(held.labels))
    each = max(1, _WATCHED // len(classes))
    places = [[place for place, label in enumerate(held.labels) if label == name][:each] for name in classes]
    images = [held[place] for some in places for place in some][:_WATCHED]
    return lambda epoch: watch(epoch, images)


def _card(
    model: KerasModel, recipe: Recipe, command: str, material: Material, pretraining: Mapping[str, Any]
) -> dict[str, Any]:
    software = ("xaibrain", "numpy", "keras-cv", "scikit-learn")
    card = {
        "class_names": list(model.class_names),
        "preprocessing": dict(model.preprocessing),
        "command": command,
        "recipe": asdict(recipe),
        "versions": {**model.versions, **{name: version(name) for name in software}},
        "split": material.card(),
    }
    return {**card, "pretraining": pretraining} if pretraining else card


def _rounded(curves: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    return {name: [round(value, 4) for value in curve] for name, curve in curves.items()}


def _scored(model: KerasModel, material: Material, recipe: Recipe) -> Accuracy:
    held = material.part(material.split.held_out)
    # Not rounded to bytes, as pictures in training are: whoever uses the model does not round them either.
    images = (model.preprocess(image)[0] for image in held)
    labels = np.array([model.class_names.index(label) for label in held.labels])
    groups = material.groups[material.split.held_out]
    return held_out_accuracy(model, images, labels, groups, recipe.seed)

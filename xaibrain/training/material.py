"""What there is to learn from, how it is split, and how much of the test is in the training part too."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xaibrain.audit.glance import Glance, glances
from xaibrain.audit.together import kept_together
from xaibrain.audit.twins import find_twins
from xaibrain.core.dataset import Dataset
from xaibrain.core.records import Image
from xaibrain.errors import DatasetError
from xaibrain.inputs import items_of
from xaibrain.training.leaks import twins_across
from xaibrain.training.prepared import Progress
from xaibrain.training.recipe import Recipe
from xaibrain.training.split import Split, inherited_split, original_split, part_of, split_by

_METHODS = {
    "group": "whole groups of near-duplicates (the audit's twins, and 64-bit perceptual hashes within "
    "4 bits), stratified by class",
    "own groups": "whole groups of the dataset (such as patients), joined where they share near-duplicates "
    "(the audit's twins, and 64-bit perceptual hashes within 4 bits), stratified by class",
    "random": "single pictures at random, stratified by class",
    "original": "the dataset's own test part",
}


class Chosen(Sequence[Image]):
    """Some pictures of a dataset, read when they are asked for."""

    def __init__(self, dataset: Dataset, seen: Sequence[Glance]) -> None:
        self.dataset = dataset
        self.seen = seen
        self.labels = [str(glance.label) for glance in seen]

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.seen)

    def __getitem__(self, index: Any) -> Any:
        """Read one picture."""
        return self.dataset[self.seen[index].index]


@dataclass(frozen=True, eq=False)
class Material:
    """A dataset that was looked through.

    Attributes:
        dataset: It.
        seen: What was kept of each picture that can be read.
        unreadable: One line for each of the others.
        groups: (n,) numbers; pictures of a group are not to be parted.
        split: Which are trained on, watched, and held out.
        method: How that was decided.
        leaks: How many held-out pictures have a twin among those trained on.
    """

    dataset: Dataset
    seen: Sequence[Glance]
    unreadable: Sequence[str]
    groups: NDArray[np.int64]
    split: Split
    method: str
    leaks: int

    def part(self, positions: NDArray[np.int64]) -> Chosen:
        """Return some of the pictures."""
        return Chosen(self.dataset, [self.seen[index] for index in positions])

    @property
    def digest(self) -> str:
        """SHA-256 over the digests of the pictures with their labels, in an order of their own."""
        lines = sorted(f"{glance.sha256} {glance.label}" for glance in self.seen)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def card(self) -> dict[str, Any]:
        """Return what the checkpoint's card says of it."""
        ids = [glance.id for glance in self.seen]
        return {
            "pictures": len(ids),
            "groups": len(np.unique(self.groups)),
            "unreadable": list(self.unreadable),
            "digest": self.digest,
            "method": self.method,
            "twins_in_training": self.leaks,
            "validation": [ids[index] for index in self.split.validation],
            "held_out": [ids[index] for index in self.split.held_out],
        }


def material_of(
    dataset: Dataset,
    class_names: Sequence[str],
    recipe: Recipe,
    pretraining: Mapping[str, Any],
    progress: Progress,
) -> Material:
    """Look through a dataset and split it.

    Args:
        dataset: Labelled pictures.
        class_names: The model's; each label must be one of them.
        recipe: Says how to split.
        pretraining: What the model's card says of the weights it starts with. Where they were kept from some
            of these pictures, those are held out again.
        progress: Told how far the work is.

    Raises:
        DatasetError: No picture can be read, one has no label or a strange one, or there are too few.
    """
    seen, unreadable = glances(items_of(dataset), progress)
    if not seen:
        raise DatasetError("The dataset has no readable picture; check its folder.")
    _check_labels(seen, class_names)
    twins = find_twins(seen, progress)
    own = any(glance.group for glance in seen)
    groups = np.arange(len(seen)) if recipe.split == "random" else kept_together(seen, twins.groups)
    labels = np.array([class_names.index(str(glance.label)) for glance in seen])
    before = pretraining.get("split", {}).get("held_out", ())
    method = _METHODS["own groups" if own and recipe.split == "group" else recipe.split]
    if not {glance.id for glance in seen}.isdisjoint(before):
        split = inherited_split([glance.id for glance in seen], groups, before)
        method += "; held out as by the weights that training began with"
    elif recipe.split == "original":
        split = original_split([glance.split for glance in seen])
    else:
        split = split_by(labels, groups, recipe.held_out, recipe.seed)
    if recipe.validation and not len(split.validation):
        split = part_of(split, labels, groups, recipe.validation, recipe.seed)
    leaks = twins_across(twins, split.train, split.held_out)
    return Material(dataset, seen, unreadable, groups, split, method, leaks)


def _check_labels(seen: Sequence[Glance], class_names: Sequence[str]) -> None:
    for glance in seen:
        if glance.label is None:
            raise DatasetError(f"{glance.id} has no label; train on a dataset with one folder a class.")
        if glance.label not in class_names:
            raise DatasetError(
                f"{glance.id} is labelled '{glance.label}', and the model tells {', '.join(class_names)}; "
                "train a model of the dataset's classes."
            )

"""Finds the planted lesions that change what a model says: their place is its evidence, by cause."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from xaibrain.core.dataset import Dataset, Planter
from xaibrain.core.model import Model
from xaibrain.core.records import Failure, Image
from xaibrain.errors import InputError, UsageError
from xaibrain.evaluation.predicting import scored
from xaibrain.inputs import items_of
from xaibrain.judging.healthy import healthy_classes, sounds_healthy
from xaibrain.judging.planted import Case, PlantedEvidence, Planting
from xaibrain.judging.tally import Tally, too_few
from xaibrain.loading import load_dataset
from xaibrain.training.planting import planter_of
from xaibrain.writing import replaced

LEAST = 10
"""Fewer cases than this say nothing about a method."""

_BATCH = 32


class FlipSearch:
    """Plants lesions in lesion-free slices and keeps those that change what the model says.

    A slice is lesion-free if the model calls it so, and its label, where it has one, does not say otherwise.

    Args:
        dataset: Where the slices are taken from.
        model: The model whose mind is to be changed.
        planting: What is planted.
        planter: Plants them; made by its name in `planting` if left out.

    Raises:
        UsageError: It is not clear which class is the lesion-free one, or a setting is out of range.
    """

    def __init__(
        self, dataset: Dataset, model: Model, planting: Planting, planter: Planter | None = None
    ) -> None:
        if planting.hosts < 1 or planting.places < 1 or planting.seed < 0 or not planting.sizes:
            raise UsageError("Planting takes a size, hosts and places of 1 or more, and a seed of 0 or more.")
        self._dataset, self._model, self._planting = dataset, model, planting
        self._healthy = healthy_classes(model, planting.healthy)
        self._planter = planter or planter_of(load_dataset(planting.planter))
        kinds = [(lesion, size) for size in planting.sizes for lesion in self._planter.lesions]
        kinds *= planting.places
        # Every trial has a seed of its own: planted pictures are told apart by lesion and seed.
        first = planting.seed * len(kinds)
        self._trials = [(lesion, size, first + number) for number, (lesion, size) in enumerate(kinds)]
        self._tally = Tally()

    def evidence(
        self, kept: Path | None = None, said: Callable[[str, int, int], None] = lambda what, done, total: None
    ) -> tuple[PlantedEvidence, dict[str, Any]]:
        """Return the cases as a dataset, and the tally.

        Args:
            kept: A file that holds what an earlier search found, if it was the same, and gets what this one
                finds.
            said: Is told how many of how many hosts are done.

        Raises:
            InputError: So few lesions change the prediction that the model cannot be judged by them.
            OutputError: The file cannot be written.
        """
        cases, tally = self._before(kept) or self._searched(kept, said)
        if len(cases) < LEAST:
            raise InputError(too_few(tally, self._model.name, self._healthy, LEAST))
        planted = PlantedEvidence(
            self._dataset, self._planter, cases, self._model.class_names, self._planting.region
        )
        return planted, tally

    def _searched(
        self, kept: Path | None, said: Callable[[str, int, int], None]
    ) -> tuple[list[Case], dict[str, Any]]:
        cases: list[Case] = []
        wanted = self._planting.hosts
        said("planting", 0, wanted)
        for index, host in self._hosts():
            self._tally.hosts += 1
            cases += self._flips(index, host)
            said("planting", self._tally.hosts, wanted)
            if self._tally.hosts == wanted:
                break
        tally = self._tally.record()
        if kept:
            told = {"search": self._key(), "tally": tally, "cases": [asdict(case) for case in cases]}
            with replaced(kept) as part:
                part.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")
        return cases, tally

    def _before(self, kept: Path | None) -> tuple[list[Case], dict[str, Any]] | None:
        """Return what an earlier search found, if it was the same and its hosts still are."""
        if not (kept and kept.exists()):
            return None
        told = json.loads(kept.read_text("utf-8"))
        cases = [Case(**case) for case in told["cases"]]
        hosts = {case.index: case.sha256 for case in cases}
        if told["search"] != json.loads(json.dumps(self._key())):
            return None
        same = all(self._dataset[index].sha256 == digest for index, digest in hosts.items())
        return (cases, told["tally"]) if same else None

    def _key(self) -> dict[str, Any]:
        """Return all that the cases depend on, beside the pixels of their hosts."""
        ids = "\n".join(item.id for item in items_of(self._dataset))
        return {
            "fingerprint": self._model.fingerprint,
            "class_names": self._model.class_names,
            "preprocessing": dict(self._model.preprocessing),
            "pictures": hashlib.sha256(ids.encode()).hexdigest(),
            "planting": asdict(self._planting),
        }

    def _hosts(self) -> Iterator[tuple[int, Image]]:
        """Yield lesion-free slices, in an order that depends on the seed."""
        items = items_of(self._dataset)
        order = np.random.default_rng(self._planting.seed).permutation(len(items)).tolist()
        for start in range(0, len(order), _BATCH):
            read: list[tuple[int, Image]] = []
            for index in order[start : start + _BATCH]:
                self._tally.looked_at += 1
                try:
                    image = items[index].read()
                except InputError:
                    self._tally.unreadable += 1
                    continue
                if self._labelled_free(image.label):
                    read.append((index, image))
                else:
                    self._tally.ill += 1
            yield from self._called_free(read)

    def _labelled_free(self, label: str | None) -> bool:
        if label is None or label in self._healthy:
            return True
        return label not in self._planter.lesions and sounds_healthy(label)

    def _called_free(self, read: Sequence[tuple[int, Image]]) -> Iterator[tuple[int, Image]]:
        for (index, image), called in zip(read, self._calls([image for _, image in read]), strict=True):
            if called is None:
                self._tally.unreadable += 1
            elif called in self._healthy:
                yield index, image
            else:
                self._tally.called_ill += 1

    def _flips(self, index: int, host: Image) -> list[Case]:
        """Plant every lesion in one slice; return those that change what the model says."""
        groups: Sequence[str] = getattr(self._dataset, "groups", None) or ()
        group = str(groups[index]) if groups else host.sha256[:16]
        made: list[tuple[tuple[str, float, int], Image]] = []
        for lesion, radius, seed in self._trials:
            try:
                image = self._planter.plant(host, lesion, seed, radius=radius)
            except InputError:
                self._tally.no_room[lesion, radius] += 1
                continue
            made.append(((lesion, radius, seed), image))
        cases = []
        for ((lesion, radius, seed), image), called in zip(
            made, self._calls([image for _, image in made]), strict=True
        ):
            self._tally.planted[lesion, radius] += 1
            if called is not None and called not in self._healthy:
                self._tally.flipped[lesion, radius] += 1
                cases.append(Case(image.id, index, host.id, host.sha256, group, lesion, radius, seed, called))
        return cases

    def _calls(self, images: Sequence[Image]) -> list[str | None]:
        """Return what the model calls each picture; None where it fails."""
        names = self._model.class_names
        return [
            None if isinstance(outcome, Failure) else names[int(outcome[1].argmax())]
            for outcome in scored(self._model, items_of(images), _BATCH)
        ]


def planted_evidence(
    dataset: Dataset,
    model: Model,
    planting: Planting | None = None,
    *,
    planter: Planter | None = None,
) -> PlantedEvidence:
    """Return pictures whose evidence is known by cause, for any model and without any mask.

    Lesions are planted in slices that the model itself calls lesion-free. Where it then calls the picture
    anything else, what was planted is the reason.

    Args:
        dataset: Where the slices are taken from. A label that names a lesion rules a slice out.
        model: The model that is to be explained.
        planting: What is planted.
        planter: Plants it; if left out, the one that `planting` names.

    Raises:
        UsageError: It is not clear which class is the lesion-free one, or a setting is out of range.
        InputError: So few lesions change the prediction that the model cannot be judged by them.
    """
    return FlipSearch(dataset, model, planting or Planting(), planter).evidence()[0]

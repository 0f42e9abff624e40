"""Pictures × explainers × targets: batches in, explanations and failures out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from types import MappingProxyType
from typing import Any

import numpy as np

from xaibrain.batches import Asked, Batch, Read, Unanswered, begun
from xaibrain.core.explainer import Explainer
from xaibrain.core.model import Capability, Model
from xaibrain.core.parameters import parameters_of, values_of
from xaibrain.core.records import Explanation, Failure, Image, Kept, LayerChoice, Provenance
from xaibrain.core.targets import Aim, with_two_sides
from xaibrain.errors import InputError, ModelError, PluginError, UsageError, told
from xaibrain.inputs import Item
from xaibrain.ops.status import status_of
from xaibrain.overlapping import overlapped
from xaibrain.types import Heatmap, Heatmaps, Images, Targets

Outcome = Explanation | Failure


@dataclass(frozen=True)
class _Method:
    """An explainer, what to call it, and the layer it reads."""

    name: str
    explainer: Explainer
    layer: LayerChoice | None
    parameters: Mapping[str, Any]


class Pipeline:
    """A model and the explainers to run on it; everything is checked before any picture is read.

    Args:
        model: Answers the explainers' questions.
        explainers: Name to explainer.
        target: `predicted`, `label`, a class of the model, two of these as `a:b`, or `all`.

    Raises:
        UsageError: No such class, or one against itself.
        ModelError: An explainer needs what the model cannot answer, or there is no layer to read.
    """

    def __init__(self, model: Model, explainers: Mapping[str, Explainer], target: str = "predicted") -> None:
        self.model = model
        self.aim = Aim(target, model.class_names, model.name)
        self._methods = [_method(model, name, explainer) for name, explainer in explainers.items()]
        self.fingerprint = model.fingerprint
        self._preprocessing = model.preprocessing
        self.versions = {"xaibrain": version("xaibrain"), "numpy": np.__version__, **model.versions}

    def parameters(self) -> dict[str, dict[str, Any]]:
        """Return each explainer's parameters, all of them."""
        return {method.name: dict(method.parameters) for method in self._methods}

    def run(self, items: Sequence[Item], batch_size: int = 32) -> Iterator[list[Outcome]]:
        """Yield for each picture, in order, all its explanations, or its failure; two batches are in memory.

        Args:
            items: The pictures.
            batch_size: How many are read, preprocessed and run through the model together.
        """
        chunks = (items[start : start + batch_size] for start in range(0, len(items), batch_size))
        # The next pictures are read and preprocessed while these are run through the model.
        for asked in overlapped(chunks, lambda chunk: self.begin(map(self.read, chunk), len(chunk))):
            yield from (found for found in self.explain(asked()) if not isinstance(found, Kept))

    def read(self, item: Item, done: Mapping[str, str] = MappingProxyType({})) -> Read:
        """Read and preprocess a picture; whatever is wrong with it is told, not raised.

        Args:
            item: The picture.
            done: Id to digest of those that need no explanation.
        """
        try:
            image = item.read()
            if done.get(image.id) == image.sha256:
                return Kept(image.id)
            self._check_label(image)
            return image, *self.model.preprocess(image)
        # A dataset plugin may raise anything; one bad picture must not end the run.
        except Exception as error:
            return Failure(item.id, item.source, told(error))

    def begin(self, read: Iterable[Read], count: int) -> Callable[[], Asked]:
        """Ask the model for the scores of pictures that are read as they are drawn; nothing is raised here.

        Args:
            read: What `read` returns, for each.
            count: How many there are.

        Returns:
            What waits for the scores.
        """
        return begun(self.model, read, count)

    def explain(self, asked: Asked) -> list[Kept | list[Outcome]]:
        """Explain pictures.

        Returns:
            For each, in order, all its explanations, or its failure.
        """
        explained = (found for part in asked.parts for found in self._explained(part))
        return [
            next(explained) if isinstance(one, tuple) else one if isinstance(one, Kept) else [one]
            for one in asked.read
        ]

    def _check_label(self, image: Image) -> None:
        if self.aim.needs_label and image.label not in self.model.class_names:
            has = f"label '{image.label}'" if image.label else "no label"
            told = f"so target '{self.aim.text}' means nothing; use -t predicted."
            raise InputError(f"{image.id} has {has}, {told}")

    def _explained(self, batch: Batch | Unanswered) -> list[list[Outcome]]:
        if isinstance(batch, Unanswered):
            return [[self._failure("", batch.image, "", batch.error)]]
        outcomes: list[list[Outcome]] = [[] for _ in batch.images]
        wanted = self.aim.targets(batch.logits, [image.label for image in batch.images])
        for method in self._methods:
            for targets in wanted:
                for index, outcome in enumerate(self._explanations(method, batch, targets)):
                    outcomes[index].append(outcome)
        return outcomes

    def _explanations(self, method: _Method, batch: Batch, targets: Targets) -> Iterator[Outcome]:
        """Yield what becomes of each picture of a batch; one whose target is `a:a` is a failure."""
        sound = with_two_sides(targets)
        some = batch if sound.all() else batch.part(np.flatnonzero(sound))
        mapped = iter(self._mapped(method, some, targets[sound]) if sound.any() else [])
        for image, target, good in zip(batch.images, targets, sound, strict=True):
            yield next(mapped) if good else self._without_contrast(method, image, target)

    def _without_contrast(self, method: _Method, image: Image, target: Targets) -> Failure:
        told = f"'{self.aim.text}' is one class here, so there is nothing to tell apart; use -t predicted"
        return self._failure(method.name, image, self.aim.named(target), UsageError(told))

    def _mapped(self, method: _Method, batch: Batch, targets: Targets) -> list[Outcome]:
        """Run one method on a batch; if it fails, on halves of it, so that only the bad picture is lost."""
        started = time.perf_counter()
        try:
            heatmaps = _checked(method, self.model, batch.inputs, targets)
            notes = _notes(method, self.model, batch.inputs, targets, heatmaps)
        except Exception as error:
            if len(targets) == 1:
                target = self.aim.named(targets[0])
                return [self._failure(method.name, batch.images[0], target, error)]
            half = len(targets) // 2
            halves = np.split(np.arange(len(targets)), [half])
            return [
                outcome
                for part in halves
                for outcome in self._mapped(method, batch.part(part), targets[part])
            ]
        seconds = batch.seconds + (time.perf_counter() - started) / len(heatmaps)
        probabilities = self.model.probabilities(batch.logits)
        return [
            self._explanation(method, batch, index, *answer, seconds)
            for index, answer in enumerate(zip(heatmaps, notes, targets, probabilities, strict=True))
        ]

    def _explanation(
        self,
        method: _Method,
        batch: Batch,
        index: int,
        heatmap: Heatmap,
        notes: Mapping[str, Any],
        target: Targets,
        probabilities: np.ndarray,
        seconds: float,
    ) -> Explanation:
        names = self.model.class_names
        image = batch.images[index]
        return Explanation(
            image=image,
            heatmap=heatmap,
            geometry=batch.geometries[index],
            target=self.aim.named(target),
            predicted=names[int(batch.logits[index].argmax())],
            probabilities={name: float(p) for name, p in zip(names, probabilities, strict=True)},
            layer=method.layer.path if method.layer else None,
            layer_reason=method.layer.reason if method.layer else "",
            status=status_of(heatmap, getattr(self.model, "exact_logits", True)),
            provenance=self._provenance(method, image),
            notes=notes,
            seconds=seconds,
        )

    def _provenance(self, method: _Method, image: Image) -> Provenance:
        return Provenance(
            explainer=method.name,
            parameters=method.parameters,
            model=self.model.name,
            fingerprint=self.fingerprint,
            preprocessing=self._preprocessing,
            head=self.model.head,
            sha256=image.sha256,
            versions=self.versions,
            engine=getattr(self.model, "engine", ""),
        )

    def _failure(self, explainer: str, image: Image, target: str, error: Exception) -> Failure:
        line = f"{image.id}: {explainer or self.model.name}: {told(error)}"
        return Failure(image.id, image.source, line, image.sha256, image.label, explainer, target)


def _method(model: Model, name: str, explainer: Explainer) -> _Method:
    needs: frozenset[Capability] = getattr(explainer, "requires", frozenset())
    missing = sorted(needs - model.capabilities)
    if missing:
        raise ModelError(f"'{name}' needs {', '.join(missing)}, which '{model.name}' cannot answer.")
    layer = getattr(explainer, "layer", None)
    choice = layer_choice(model, layer) if isinstance(layer, str) else None
    prepare: Any = getattr(model, "prepare", None)
    if callable(prepare):
        for path in choice.path.split(",") if choice else [""]:
            prepare(needs, path)
    return _Method(name, explainer, choice, values_of(explainer))


def layer_choice(model: Model, layer: str) -> LayerChoice:
    """Resolve a layer, or several that are separated by commas."""
    choices = [model.choose_layer(part) for part in layer.split(",")]
    return LayerChoice(
        ",".join(choice.path for choice in choices), "; ".join(choice.reason for choice in choices)
    )


def _checked(method: _Method, model: Model, inputs: Images, targets: Targets) -> Heatmaps:
    heatmaps = np.asarray(method.explainer.explain(model, inputs, targets))
    fits = heatmaps.ndim == 3 and len(heatmaps) == len(inputs) and heatmaps.size > 0
    if not fits or heatmaps.dtype.kind not in "fiu":
        raise PluginError(
            f"explain() returned {heatmaps.dtype} of shape {heatmaps.shape}; "
            f"it must return numbers of shape ({len(inputs)}, h, w)"
        )
    # What overflows becomes infinite, and the map's status says so.
    with np.errstate(over="ignore"):
        return heatmaps.astype(np.float32, copy=False)


def _notes(
    method: _Method, model: Model, inputs: Images, targets: Targets, heatmaps: Heatmaps
) -> Sequence[Mapping[str, Any]]:
    """Ask a method what there is to say about its maps; most have nothing."""
    ask: Any = getattr(method.explainer, "notes", None)
    if not callable(ask):
        return [{}] * len(inputs)
    notes: Sequence[Mapping[str, Any]] = ask(model, inputs, targets, heatmaps)
    fits = isinstance(notes, Sequence) and len(notes) == len(inputs)
    if not fits or not all(isinstance(note, Mapping) for note in notes):
        raise PluginError(f"notes() returned {notes!r}; it must return {len(inputs)} mappings")
    return notes


def with_layer(explainer: Explainer, layer: str) -> Explainer:
    """Return the explainer reading another layer; `auto` leaves it as it is.

    Raises:
        UsageError: The method reads no layer.
    """
    if layer == "auto":
        return explainer
    if "layer" not in parameters_of(type(explainer)):
        raise UsageError(f"{type(explainer).__name__} reads no layer; leave the layer out.")
    return type(explainer)(**{**values_of(explainer), "layer": layer})

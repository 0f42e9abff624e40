"""What was typed after `xaibrain explain`, and what it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from xaibrain.cli.settings import split_settings
from xaibrain.defaults import BEST, DEFAULT_DATASET, DEFAULT_EXPLAINER, DEFAULT_MODEL

if TYPE_CHECKING:
    from xaibrain.core.executor import Executor
    from xaibrain.core.explainer import Explainer
    from xaibrain.core.model import Model
    from xaibrain.core.writer import Writer
    from xaibrain.inputs import Item
    from xaibrain.pipeline import Pipeline


@dataclass(frozen=True)
class Request:
    """What the user typed; whatever is wrong with it is raised as a `XaibrainError` when it is asked for."""

    inputs: tuple[str, ...]
    dataset: str | None
    model: str | None
    explainers: tuple[str, ...]
    target: str
    layer: str
    pairs: tuple[str, ...]
    output: str
    limit: int | None
    engine: str
    precision: str
    batch_size: int
    write: str
    no_overlays: bool
    deidentify: bool
    check: bool
    store: Any
    executor: str
    workers: int | None
    address: str | None
    timeout: float | None
    unsafe: bool
    overwrite: bool
    as_json: bool

    @cached_property
    def settings(self) -> dict[str, dict[str, str]]:
        """The settings by what they are for; those of methods under an empty name."""
        return split_settings(self.pairs, ("model", "dataset", "reader", "writer"))

    def items(self) -> tuple[Sequence[Item], str]:
        """List the pictures, and name the model that goes with them."""
        items, model = self._files() if self.inputs else self._dataset()
        if self.deidentify:
            from xaibrain.pseudonyms import pseudonymous

            items = pseudonymous(items)
        return items, model

    def _files(self) -> tuple[Sequence[Item], str]:
        """List the pictures of paths; a path that holds none is an input that fails, not the end."""
        from xaibrain.errors import UsageError
        from xaibrain.inputs import items_of_paths

        if self.dataset:
            raise UsageError("Give files or a dataset (-d), not both.")
        if self.settings["dataset"]:
            raise UsageError("dataset.KEY=VALUE goes with -d DATASET; leave it out for files.")
        good, bad = items_of_paths(self.inputs, self.settings["reader"])
        return [*self._spread(good), *bad], DEFAULT_MODEL

    def _dataset(self) -> tuple[Sequence[Item], str]:
        from xaibrain.errors import UsageError
        from xaibrain.inputs import items_of
        from xaibrain.loading import load_dataset

        if self.settings["reader"]:
            raise UsageError("reader.KEY=VALUE goes with files; leave it out for a dataset.")
        dataset = load_dataset(self.dataset or DEFAULT_DATASET, **self.settings["dataset"])
        return self._spread(items_of(dataset)), dataset.default_model or DEFAULT_MODEL

    def _spread(self, items: Sequence[Item]) -> Sequence[Item]:
        from xaibrain.inputs import spread

        return [items[index] for index in spread(len(items), self.limit)]

    def make_writers(self) -> dict[str, Writer]:
        """Make the writers: that of raw maps, which the records point to, and those that were asked for."""
        from xaibrain.cli.methods import made_of
        from xaibrain.recording import OVERLAYS

        asked = [name.strip() for name in self.write.split(",") if name.strip()]
        needed = () if self.store == "columnar" else ("npy",)
        names = [name for name in (*needed, *asked) if not (name in OVERLAYS and self.no_overlays)]
        names = list(dict.fromkeys(names))
        hiding = _asked_to_hide(names) if self.deidentify else {}
        return made_of("writer", names, {**self.settings["writer"], **hiding})

    def make_explainers(self) -> dict[str, Explainer]:
        """Make the methods, save the one that is chosen for a model."""
        from xaibrain.cli.methods import made_of
        from xaibrain.pipeline import with_layer

        names = [name for name in self.explainers or (DEFAULT_EXPLAINER,) if name != BEST]
        made = made_of("explainer", list(dict.fromkeys(names)), self.settings[""])
        return {name: with_layer(explainer, self.layer) for name, explainer in made.items()}

    def best(self, model: Model) -> dict[str, Explainer]:
        """Return the method that a benchmark chose for the model, if it is asked for."""
        from xaibrain.loading import load_best
        from xaibrain.pipeline import with_layer

        if BEST not in self.explainers:
            return {}
        name, explainer = load_best(model)
        return {name: with_layer(explainer, self.layer)}

    def make_executor(self) -> Executor:
        """Make the executor, with those of its options that were given."""
        from xaibrain.loading import load_executor

        given = {"workers": self.workers, "address": self.address, "timeout": self.timeout}
        return load_executor(
            self.executor, **{key: value for key, value in given.items() if value is not None}
        )

    def load(self, name: str) -> tuple[Model, dict[str, Any]]:
        """Load a model, and return the options that it was loaded with."""
        from xaibrain.loading import load_model

        how: dict[str, Any] = {"engine": self.engine, "precision": self.precision}
        how |= {"unsafe": self.unsafe, **self.settings["model"]}
        return load_model(name, **how), how

    def configuration(self, pipeline: Pipeline, writers: dict[str, Writer]) -> dict[str, Any]:
        """Return what the results depend on, beside the pictures themselves."""
        from xaibrain.core.parameters import values_of
        from xaibrain.models.card import without_pictures

        model = pipeline.model
        return {
            "model": model.name,
            "fingerprint": pipeline.fingerprint,
            "card": without_pictures(getattr(model, "card", {})),
            "head": model.head,
            "preprocessing": dict(model.preprocessing),
            "explainers": pipeline.parameters(),
            "target": self.target,
            "versions": dict(pipeline.versions),
            "engine": getattr(model, "engine", ""),
            "reading": self.settings["reader"],
            "writing": {name: values_of(writer) for name, writer in writers.items()},
            "check": self.check,
            "deidentify": self.deidentify,
        }


def _asked_to_hide(names: Sequence[str]) -> dict[str, str]:
    """Return the setting for writers that copy from the source, if any of these does."""
    from xaibrain.core.manager import manager
    from xaibrain.core.parameters import parameters_of

    copying = [
        "deidentify" in parameters_of(manager().registry.get("writer", name).target()) for name in names
    ]
    return {"deidentify": "true"} if any(copying) else {}

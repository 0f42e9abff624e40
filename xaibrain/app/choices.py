"""What the page offers: trained models with their classes and layers, methods, and files it can read."""

from __future__ import annotations

from functools import lru_cache

from xaibrain.core.manager import manager
from xaibrain.core.parameters import parameters_of
from xaibrain.core.spec import ReaderSpec
from xaibrain.loading import load_model


def trained_models() -> list[str]:
    """Return the registered models that come trained: those that an engine runs from a file."""
    entries = manager().registry.entries("model")
    return [entry.spec.name for entry in entries if "engine" in parameters_of(entry.target())]


def methods() -> list[str]:
    """Return the registered explainers; one that needs an extra says so when it is asked."""
    return [entry.spec.name for entry in manager().registry.entries("explainer")]


def suffixes() -> list[str]:
    """Return how the names of files end that there is a reader for."""
    specs = [entry.spec for entry in manager().registry.entries("reader")]
    return sorted({suffix for spec in specs if isinstance(spec, ReaderSpec) for suffix in spec.suffixes})


@lru_cache(maxsize=4)
def classes_and_layers(model: str) -> tuple[list[str], list[str]]:
    """Return the classes of a model, and the paths of its layers that have a map, the last one first."""
    loaded = load_model(model)
    return list(loaded.class_names), list(reversed(getattr(loaded, "spatial_layers", ())))

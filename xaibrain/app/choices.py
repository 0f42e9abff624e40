"""What the page offers: trained models with their classes and layers, methods, and files it can read."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from xaibrain.core.manager import manager
from xaibrain.core.parameters import parameters_of
from xaibrain.core.spec import ReaderSpec
from xaibrain.errors import PluginError
from xaibrain.loading import load_model


def trained_models() -> list[str]:
    """Return the registered models that come trained: those that an engine runs from a file."""
    entries = manager().registry.entries("model")
    return [entry.spec.name for entry in entries if "engine" in parameters_of(entry.target())]


def methods() -> list[str]:
    """Return the explainers whose packages are installed."""
    return [entry.spec.name for entry in manager().registry.entries("explainer") if _is_here(entry)]


def suffixes() -> list[str]:
    """Return how the names of files end that can be read."""
    found = set()
    for entry in manager().registry.entries("reader"):
        if isinstance(entry.spec, ReaderSpec) and _is_here(entry):
            found.update(entry.spec.suffixes)
    return sorted(found)


@lru_cache(maxsize=4)
def classes_and_layers(model: str) -> tuple[list[str], list[str]]:
    """Return the classes of a model, and the paths of its layers that have a map, the last one first."""
    loaded = load_model(model)
    return list(loaded.class_names), list(reversed(getattr(loaded, "spatial_layers", ())))


def _is_here(entry: Any) -> bool:
    try:
        entry.target()
    except PluginError:
        return False
    return True

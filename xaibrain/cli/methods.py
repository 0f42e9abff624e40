"""Names and settings on the command line become explainers and metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xaibrain.core.manager import manager
from xaibrain.core.parameters import parameters_of
from xaibrain.errors import unknown_name


def names_of(kind: str, names: Sequence[str]) -> list[str]:
    """Return the names, each once; `all` stands for every one that is installed."""
    if "all" in names:
        return [entry.spec.name for entry in manager().registry.entries(kind)]
    return list(dict.fromkeys(names))


def made_of(kind: str, names: Sequence[str], settings: Mapping[str, str]) -> dict[str, Any]:
    """Make what the names stand for; a setting goes to each that has it, and must be known to one.

    Raises:
        UsageError: An unknown name or setting.
    """
    entries = {name: manager().registry.get(kind, name) for name in names}
    known = {name: set(parameters_of(entry.target())) for name, entry in entries.items()}
    everything = sorted(set().union(*known.values()))
    for key in settings:
        if key not in everything:
            raise unknown_name("parameter", key, everything, f"There is: {', '.join(everything) or 'none'}.")
    return {
        name: entry.make(**{key: value for key, value in settings.items() if key in known[name]})
        for name, entry in entries.items()
    }

"""Which engine runs a model."""

from __future__ import annotations

from typing import cast

from xaibrain.core.engine import Engine
from xaibrain.core.manager import manager
from xaibrain.errors import PluginError, UnknownNameError, UsageError

AUTO = ("openvino", "tensorflow")
"""What `auto` tries, in this order."""


def load_engine(name: str = "auto", precision: str = "float32") -> tuple[str, Engine]:
    """Return an engine and its registered name.

    Args:
        name: As `xaibrain engines` lists it; `auto` for the first of `AUTO` that is installed.
        precision: What it must be able to compute in.

    Raises:
        UnknownNameError: No such engine.
        PluginError: It cannot be imported.
        UsageError: It does not compute in this precision.
    """
    name = _first_installed() if name == "auto" else name
    engine = cast(Engine, manager().registry.get("engine", name).make())
    if precision not in engine.precisions:
        known = ", ".join(engine.precisions)
        raise UsageError(f"Engine '{name}' does not compute in '{precision}'; it knows: {known}.")
    return name, engine


def _first_installed() -> str:
    for name in AUTO[:-1]:
        try:
            manager().registry.get("engine", name).target()
        except (PluginError, UnknownNameError):
            continue
        return name
    return AUTO[-1]

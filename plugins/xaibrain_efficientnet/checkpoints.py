"""The trained checkpoints that come with the package."""

from __future__ import annotations

from pathlib import Path

from xaibrain import Model, load_model

FOLDER = Path(__file__).parent / "checkpoints"


def checkpoint(name: str) -> Model:
    """Load a checkpoint that came with the package; its card is its `card` attribute."""
    return load_model(FOLDER / f"{name}.keras", name=name)

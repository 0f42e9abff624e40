"""The trained checkpoints that come with the package."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from xaibrain import Model, load_model

FOLDER = Path(__file__).parent / "checkpoints"


def checkpoint(
    name: str,
    crop: Literal["none", "foreground"] | None = None,
    engine: str | None = "auto",
    precision: str = "float32",
) -> Model:
    """Load a checkpoint that came with the package; its card is its `card` attribute.

    Args:
        name: The checkpoint's.
        crop: Whether pictures are cut to the head first; as it was trained if left out.
        engine: As in `xaibrain.load_model`.
        precision: Likewise.
    """
    return load_model(FOLDER / f"{name}.keras", name=name, crop=crop, engine=engine, precision=precision)

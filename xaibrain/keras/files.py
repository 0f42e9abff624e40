"""Opens `.keras` and `.h5` files; code that they carry is run only where that was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras

from xaibrain.errors import ModelError
from xaibrain.keras.inputs import input_size
from xaibrain.keras.model import KerasModel
from xaibrain.models.card import read_card
from xaibrain.models.preprocessing import Crop, Fit, preprocessing_of
from xaibrain.models.reason import reason_of

SUFFIXES = (".keras", ".h5", ".hdf5")


def load_file(
    path: Path,
    class_names: Sequence[str] = (),
    *,
    name: str = "",
    size: int | tuple[int, int] | None = None,
    value_range: tuple[float, float] | None = None,
    crop: Crop | None = None,
    fit: Fit | None = None,
    unsafe: bool = False,
) -> KerasModel:
    """Load a model file, in Keras' safe mode unless it is called unsafe, and without its optimizer.

    Classes and preprocessing come from the checkpoint's card where it has one; what is given here
    takes precedence. The arguments are those of `xaibrain.wrap`.

    Raises:
        ModelError: The file is missing or damaged, or holds code that safe mode refuses.
        UsageError: A class list of the wrong length.
    """
    card = read_card(path) if path.is_file() else {}
    network = _network(path, unsafe)
    shape = input_size(network, size)
    preprocessing = preprocessing_of(card, shape, value_range, crop, fit)
    model = KerasModel(
        network, class_names or card.get("class_names", ()), name or path.stem, preprocessing, card
    )
    model.file = path
    return model


def _network(path: Path, unsafe: bool) -> Any:
    if not path.is_file():
        raise ModelError(f"No model file {path}. Check the path, or run: xaibrain models")
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=not unsafe)
    # Keras raises whatever its readers raise: ValueError, TypeError, OSError, KeyError, zipfile errors.
    except Exception as error:
        raise ModelError(f"{path} is not a Keras 3 model that can be loaded: {reason_of(error)}") from error

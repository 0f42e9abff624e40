"""Opens `.keras` and `.h5` files without running code that they carry."""

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
) -> KerasModel:
    """Load a model file, in Keras' safe mode and without its optimizer.

    Classes and preprocessing come from the checkpoint's card where it has one; what is given here
    takes precedence. The arguments are those of `xaibrain.wrap`.

    Raises:
        ModelError: The file is missing, damaged, or holds code that safe mode refuses.
        UsageError: A class list of the wrong length.
    """
    card = read_card(path) if path.is_file() else {}
    network = _network(path)
    shape = input_size(network, size)
    preprocessing = preprocessing_of(card, shape, value_range, crop, fit)
    model = KerasModel(
        network, class_names or card.get("class_names", ()), name or path.stem, preprocessing, card
    )
    model.file = path
    return model


def _network(path: Path) -> Any:
    if not path.is_file():
        raise ModelError(f"No model file {path}. Check the path, or run: xaibrain models")
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    # Keras raises whatever its readers raise: ValueError, TypeError, OSError, KeyError, zipfile errors.
    except Exception as error:
        if "unsafe" in str(error).lower() or "lambda" in str(error).lower():
            raise ModelError(
                f"{path} holds Python code (a Lambda layer), which is not run: it could do anything. "
                "Save the model without Lambda layers, or load it yourself and use xaibrain.wrap(model)."
            ) from error
        raise ModelError(f"{path} is not a Keras 3 model that can be loaded: {reason_of(error)}") from error

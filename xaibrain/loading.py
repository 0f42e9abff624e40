"""Names and files become datasets, models and explainers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from xaibrain.core.interfaces import Dataset, Explainer, Model
from xaibrain.core.manager import manager
from xaibrain.errors import ModelError

_FILES = (".keras", ".h5", ".hdf5")


def load_dataset(name: str, **options: Any) -> Dataset:
    """Return a dataset by its registered name.

    Args:
        name: As `xaibrain datasets` lists it.
        options: The dataset's own; `xaibrain plugins NAME` lists them.

    Raises:
        UnknownNameError: No such dataset.
        UsageError: An option is unknown or of the wrong type.
        DatasetError: Its data is not on this machine, or damaged.
    """
    return cast(Dataset, manager().registry.get("dataset", name).make(**options))


def load_explainer(name: str, **parameters: Any) -> Explainer:
    """Return an explainer by its registered name.

    Args:
        name: As `xaibrain explainers` lists it.
        parameters: The method's own; `xaibrain plugins NAME` lists them.

    Raises:
        UnknownNameError: No such explainer.
        UsageError: A parameter is unknown or of the wrong type.
    """
    return cast(Explainer, manager().registry.get("explainer", name).make(**parameters))


def load_model(name_or_file: str | Path, **options: Any) -> Model:
    """Return a model by its registered name, or from a `.keras` or `.h5` file.

    Args:
        name_or_file: As `xaibrain models` lists it, or a path.
        options: The plugin's own for a name; those of `xaibrain.wrap` for a file.

    Raises:
        UnknownNameError: No such model.
        UsageError: An option is unknown or of the wrong type.
        ModelError: The file is missing, damaged or holds code.
    """
    path = Path(name_or_file)
    if path.suffix.lower() in _FILES:
        from xaibrain.core.parameters import validated
        from xaibrain.keras.files import load_file

        return load_file(**validated(str(path), load_file, {"path": path, **options}))
    if path.exists() and str(name_or_file) not in _model_names():
        raise ModelError(f"{path} is no Keras model file; its name must end in .keras or .h5.")
    return cast(Model, manager().registry.get("model", str(name_or_file)).make(**options))


def _model_names() -> set[str]:
    return {entry.spec.name for entry in manager().registry.entries("model")}

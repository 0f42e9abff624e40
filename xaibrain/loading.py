"""Names and files become datasets, models, explainers and metrics."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, cast

from xaibrain.core.dataset import Dataset
from xaibrain.core.executor import Executor
from xaibrain.core.explainer import Explainer
from xaibrain.core.manager import manager
from xaibrain.core.metric import Metric
from xaibrain.core.model import Model
from xaibrain.core.parameters import parameters_of, validated
from xaibrain.defaults import DEFAULT_MODEL
from xaibrain.errors import ModelError, UsageError

_FILES = (".keras", ".h5", ".hdf5")


def load_dataset(
    name_or_folder: str | Path, *, boxes: str | Path = "", masks: str | Path = "", **options: Any
) -> Dataset:
    """Return a dataset by its registered name, or a folder of pictures as one.

    Any dataset can be given the boxes or the masks of its lesions. A `boxes.csv` or a folder `masks`
    that lies in the folder of its pictures is used without being named. How many pictures they match
    is logged by the logger "xaibrain".

    Args:
        name_or_folder: As `xaibrain datasets` lists it, or a path.
        boxes: A CSV file with the columns file, x0, y0, x1, y1 and perhaps label, one box a row; file
            is the id of a picture. The corner x0, y0 is in the box, x1, y1 is not.
        masks: A folder of mask pictures, each at the path of its picture, with any suffix.
        options: The dataset's own; `xaibrain plugins NAME` lists them.

    Raises:
        UnknownNameError: No such dataset.
        UsageError: An option is unknown or of the wrong type.
        DatasetError: Its data is not on this machine, or damaged; boxes or masks match no picture.
    """
    name = str(name_or_folder)
    if is_folder(name):
        name, options = "folder", {"path": name, **options}
    dataset = cast(Dataset, manager().registry.get("dataset", name).make(**options))
    # Not at the top: a name that is unknown is told before anything heavy is imported.
    from xaibrain.annotated import annotated

    return annotated(dataset, boxes, masks)


def is_folder(name: str) -> bool:
    """Say whether a name is that of a folder and of no dataset."""
    known = {entry.spec.name for entry in manager().registry.entries("dataset")}
    return name not in known and Path(name).expanduser().is_dir()


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


def load_executor(name: str, **options: Any) -> Executor:
    """Return an executor by its registered name.

    Args:
        name: As `xaibrain executors` lists it.
        options: The executor's own; `xaibrain executors NAME` lists them.

    Raises:
        UnknownNameError: No such executor.
        UsageError: An option is unknown or of the wrong type.
        PluginError: It needs an extra that is not installed.
    """
    return cast(Executor, manager().registry.get("executor", name).make(**options))


def load_best(model: Model) -> tuple[str, Explainer]:
    """Return the explainer that the last `xaibrain benchmark --choose` of a model chose, and its name.

    Raises:
        UsageError: The model's card names none, or it was chosen for other weights.
        UnknownNameError: It is not installed.
    """
    found = getattr(model, "card", {}).get("recommendation")
    again = f"Run: xaibrain benchmark --choose -m {getattr(model, 'file', None) or model.name}"
    if not found:
        raise UsageError(f"No method was chosen for '{model.name}' yet. {again}")
    if found["fingerprint"] != model.fingerprint:
        raise UsageError(f"The method that was chosen for '{model.name}' was so for other weights. {again}")
    return found["explainer"], load_explainer(found["explainer"], **found["parameters"])


def load_metric(name: str, **parameters: Any) -> Metric:
    """Return a metric by its registered name.

    Args:
        name: As `xaibrain metrics` lists it.
        parameters: The metric's own; `xaibrain metrics NAME` lists them.

    Raises:
        UnknownNameError: No such metric.
        UsageError: A parameter is unknown or of the wrong type.
    """
    return cast(Metric, manager().registry.get("metric", name).make(**parameters))


def load_model(
    name_or_file: str | Path,
    *,
    engine: str | None = "auto",
    precision: str = "float32",
    unsafe: bool | str = False,
    **options: Any,
) -> Model:
    """Return a model by its registered name, or from a `.keras` or `.h5` file.

    Files and checkpoints are converted for an engine when they are first used, and kept so in the user's
    cache: from then on neither Keras nor TensorFlow is imported for them.

    Args:
        name_or_file: As `xaibrain models` lists it, or a path.
        engine: As `xaibrain engines` lists it; `auto` for the fastest that is installed; None for the
            Keras model itself. Models that are made anew, and so may be trained, take no engine: wrap
            what you trained.
        precision: What the engine computes in: `float32`, or `bfloat16` where it can.
        unsafe: Whether to run Python code that a file carries (a `Lambda` layer, say). It may do whatever
            you may do: only for files of people whom you trust.
        options: The plugin's own for a name; those of `xaibrain.wrap` for a file.

    Raises:
        UnknownNameError: No such model or engine.
        UsageError: An option is unknown or of the wrong type.
        ModelError: The file is missing or damaged; or it holds code, and is not called unsafe.
    """
    path, run_by = Path(name_or_file), {"engine": engine, "precision": precision}
    if path.suffix.lower() in _FILES:
        from xaibrain.opening import open_file

        return open_file(
            **validated(str(path), open_file, {"path": path, "unsafe": unsafe, **options, **run_by})
        )
    if path.exists() and str(name_or_file) not in _model_names():
        raise ModelError(f"{path} is no Keras model file; its name must end in .keras or .h5.")
    entry = manager().registry.get("model", str(name_or_file))
    known = parameters_of(entry.target())
    return cast(Model, entry.make(**options, **{key: run_by[key] for key in run_by if key in known}))


def opened_model(model: str | os.PathLike[str] | Model | None, default: str | None = None) -> Model:
    """Return a model by name, file or as it is.

    Args:
        model: As given by a user.
        default: The name that is used when none is given; the brain-MRI checkpoint if None too.

    Raises:
        UsageError: No such name, or something that is no model.
    """
    if isinstance(model, (str, os.PathLike)) or model is None:
        return load_model(os.fspath(model) if model is not None else default or DEFAULT_MODEL)
    # By one question: a check of the whole protocol would look at the fingerprint, and so hash all weights.
    if not callable(getattr(model, "logits", None)):
        raise UsageError(f"{type(model).__name__} is no xaibrain model; use xaibrain.wrap(model).")
    return model


def _model_names() -> set[str]:
    return {entry.spec.name for entry in manager().registry.entries("model")}

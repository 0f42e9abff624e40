"""Finds Python code in a model file, without a framework and without running anything."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from xaibrain.errors import ModelError
from xaibrain.models.reason import DAMAGE, reason_of

_RUNS = {
    "Lambda": "a Lambda layer",
    "__lambda__": "a lambda function",
    "TFSMLayer": "a TFSMLayer, which runs a SavedModel from elsewhere",
}
_LONGEST = 1 << 26
"""Bytes: a longer configuration is no configuration."""


def refuse_code(path: Path) -> None:
    """Refuse a `.keras` or `.h5` file whose configuration carries Python code, or names a program to load.

    Other classes than those of Keras need no refusal here: Keras makes none that the process has not
    registered itself.

    Raises:
        ModelError: It does, or its configuration cannot be read.
    """
    try:
        found = list(dict.fromkeys(_RUNS[name] for name in _class_names(json.loads(_configuration(path)))))
    except DAMAGE as error:
        raise ModelError(f"{path} is not a Keras 3 model that can be loaded: {reason_of(error)}") from error
    if found:
        raise ModelError(
            f"{path} holds Python code ({', '.join(found)}), which is not run: it could do anything. If you "
            "trust who made the file, add --unsafe (a setting: model.unsafe=true; in Python: unsafe=True), "
            "or load it yourself and use xaibrain.wrap(model)."
        )


def _configuration(path: Path) -> bytes:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive, archive.open("config.json") as file:
            text = file.read(_LONGEST + 1)
    else:
        # Not above: most files are archives, and explaining by a cached engine imports no framework.
        import h5py

        with h5py.File(path, "r") as weights:
            stored = weights.attrs["model_config"]
        text = stored if isinstance(stored, bytes) else str(stored).encode()
    if len(text) > _LONGEST:
        raise ValueError(f"its configuration is longer than {_LONGEST} bytes")
    return text


def _class_names(configuration: Any) -> Iterator[str]:
    """Yield the name of every class in a configuration that stands for code; at any depth."""
    waiting = [configuration]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            # Keras writes the package before the name of what a package registered: "mine>Lambda".
            yield from (name for name in _named(part) if name in _RUNS)
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part


def _named(part: dict[str, Any]) -> list[str]:
    names = (part.get("class_name"), "__lambda__" if part.get("function_type") == "lambda" else None)
    return [name.rpartition(">")[2] for name in names if isinstance(name, str)]

"""A checkpoint: one `.keras` file with float16 weights, and its card inside.

Keras reads the file as any other; the card (classes, preprocessing, how it was trained and how it
scored) is an entry `xaibrain.json` of the same archive.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from xaibrain.models.card import CARD
from xaibrain.writing import replaced

WEIGHTS = "model.weights.h5"


def save_checkpoint(network: Any, card: Mapping[str, Any], path: Path) -> None:
    """Write a network and its card, kernels in float16 and no optimizer, into one file; atomically.

    Vectors (biases, batch-norm statistics) stay in float32: they are small, and a variance may lie
    outside float16.

    Raises:
        OutputError: The file cannot be written.
    """
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.keras"
        network.save(plain)
        with zipfile.ZipFile(plain) as archive:
            archive.extractall(folder)
        _halve(Path(folder) / WEIGHTS, Path(folder) / "half.h5")
        with replaced(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(Path(folder) / "metadata.json", "metadata.json")
            archive.writestr("config.json", _uncompiled(Path(folder) / "config.json"))
            archive.write(Path(folder) / "half.h5", WEIGHTS)
            archive.writestr(CARD, json.dumps(card, indent=1))


def _uncompiled(config: Path) -> str:
    """Return a model's configuration without loss and optimizer, which are of no use for answers."""
    settings = json.loads(config.read_text())
    settings.pop("compile_config", None)
    return json.dumps(settings)


def _halve(source: Path, target: Path) -> None:
    """Copy an HDF5 file with every array of two or more axes as float16."""
    with h5py.File(source, "r") as old, h5py.File(target, "w", libver="latest") as new:

        def copy(name: str, item: Any) -> None:
            if name.split("/")[0] == "optimizer":
                return
            if isinstance(item, h5py.Group):
                made: Any = new.require_group(name)
            else:
                values = item[()]
                half = values.ndim > 1 and values.dtype == np.float32
                made = new.create_dataset(name, data=values.astype(np.float16) if half else values)
            for key, value in item.attrs.items():
                made.attrs[key] = value

        for key, value in old.attrs.items():
            new.attrs[key] = value
        old.visititems(copy)

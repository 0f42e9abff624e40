"""The card of a checkpoint: its classes, its preprocessing, how it was trained and how it scored."""

from __future__ import annotations

import json
import math
import shutil
import zipfile
from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import Any

from xaibrain.core.model import Model
from xaibrain.errors import ModelError, UsageError
from xaibrain.models.reason import DAMAGE, reason_of
from xaibrain.writing import replaced

CARD = "xaibrain.json"
"""Its entry in the `.keras` archive; for any other file, what is added to its name."""

_TOLD = ("held_out", "temperature", "recommended_layer", "recommendation", "recipe", "versions")


def read_card(path: Path) -> dict[str, Any]:
    """Return the card of a checkpoint, from inside it or from beside it; empty where there is none.

    Raises:
        ModelError: The card is there but damaged.
    """
    try:
        card = json.loads(_text(path) or "{}")
    except DAMAGE as error:
        reason = reason_of(error)
        raise ModelError(f"{path}: its card is damaged ({reason}); save the checkpoint again.") from error
    if not (isinstance(card, dict) and isinstance(card.get("preprocessing", {}), dict)):
        raise ModelError(f"{path}: its card is not what a checkpoint holds; save the checkpoint again.")
    return card


def _text(path: Path) -> bytes:
    if not zipfile.is_zipfile(path):
        return beside(path).read_bytes() if beside(path).is_file() else b""
    with zipfile.ZipFile(path) as archive:
        return archive.read(CARD) if CARD in archive.namelist() else b""


def beside(path: Path) -> Path:
    """Return where the card of a file that cannot hold one is: `model.h5.xaibrain.json`."""
    return path.with_name(f"{path.name}.{CARD}")


def card_file(model: Model, asked: str, what: str) -> Path:
    """Return the file that something can be stored in, or beside.

    Args:
        model: As it was loaded.
        asked: What the user called it.
        what: What is to be stored, for the message.

    Raises:
        UsageError: It is a registered model, or no file.
    """
    path, file = Path(asked), getattr(model, "file", None)
    if path.is_file():
        return path
    if file is None:
        raise UsageError(f"'{asked}' is no file; {what} is stored in a .keras file: -m my-model.keras")
    raise UsageError(
        f"'{asked}' came with a package, whose files are not written to. "
        f"Copy {file} to my-model.keras, and give -m my-model.keras"
    )


def store_card(path: Path, card: Mapping[str, Any]) -> None:
    """Give a model file another card, inside it if it is a `.keras` file, else beside it; atomically.

    Raises:
        OutputError: The file cannot be written.
    """
    if zipfile.is_zipfile(path):
        rewrite_card(path, card)
        return
    with replaced(beside(path)) as part:
        part.write_text(json.dumps(card, indent=1) + "\n", "utf-8")


def rewrite_card(path: Path, card: Mapping[str, Any]) -> None:
    """Give a `.keras` file another card; atomically, and every other entry keeps its bytes.

    Raises:
        ModelError: The file is no `.keras` archive.
        OutputError: The file cannot be written.
    """
    if not zipfile.is_zipfile(path):
        raise ModelError(f"{path} has no room for a card; save the model as a .keras file first.")
    with (
        zipfile.ZipFile(path) as old,
        replaced(path) as part,
        zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in old.infolist():
            if entry.filename != CARD:
                with old.open(entry) as source, new.open(copy(entry), "w") as target:
                    shutil.copyfileobj(source, target)
        new.writestr(CARD, json.dumps(card, indent=1))


def without_pictures(card: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a card says of how a model was made and scored, without naming any picture or place."""
    kept = {name: card[name] for name in _TOLD if name in card}
    split = card.get("split", {})
    if split:
        kept["split"] = {name: split[name] for name in ("method", "pictures", "groups") if name in split}
    return kept


def temperature_of(card: Mapping[str, Any]) -> float:
    """Return the temperature that a card holds; 1 where it holds none.

    Raises:
        ModelError: It is no finite number above 0.
    """
    stored = card.get("temperature", {"value": 1.0})
    value = stored.get("value") if isinstance(stored, dict) else None
    if not isinstance(value, (int, float)) or not 0 < value < math.inf:
        raise ModelError(
            f"The card's temperature is {json.dumps(stored)}; it must hold a 'value' above 0. "
            "Run: xaibrain evaluate --calibrate"
        )
    return float(value)


def recommended_layer(card: Mapping[str, Any]) -> tuple[str, str]:
    """Return the layer that a card recommends, empty if none, and why that one."""
    layer, recommendation = str(card.get("recommended_layer", "")), card.get("recommendation", {})
    if layer and recommendation.get("layer") == layer:
        return layer, str(recommendation["reason"])
    return layer, "recommended by the model's card"

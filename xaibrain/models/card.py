"""The card of a checkpoint: its classes, its preprocessing, how it was trained and how it scored."""

from __future__ import annotations

import json
import math
import shutil
import zipfile
import zlib
from collections.abc import Mapping
from copy import copy
from pathlib import Path
from typing import Any

from xaibrain.errors import ModelError
from xaibrain.models.reason import reason_of
from xaibrain.writing import replaced

CARD = "xaibrain.json"
"""Its entry in the `.keras` archive."""


def read_card(path: Path) -> dict[str, Any]:
    """Return the card of a checkpoint; empty where the file has none.

    Raises:
        ModelError: The card is there but damaged.
    """
    if not zipfile.is_zipfile(path):
        return {}
    try:
        with zipfile.ZipFile(path) as archive:
            card = json.loads(archive.read(CARD)) if CARD in archive.namelist() else {}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        reason = reason_of(error)
        raise ModelError(f"{path}: its card is damaged ({reason}); save the checkpoint again.") from error
    if not (isinstance(card, dict) and isinstance(card.get("preprocessing", {}), dict)):
        raise ModelError(f"{path}: its card is not what a checkpoint holds; save the checkpoint again.")
    return card


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

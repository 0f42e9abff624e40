"""The card of a checkpoint: its classes, its preprocessing, how it was trained and how it scored."""

from __future__ import annotations

import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

from xaibrain.errors import ModelError
from xaibrain.models.reason import reason_of

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

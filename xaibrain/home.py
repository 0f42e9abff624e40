"""Where xaibrain keeps what it downloads."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def cache_home() -> Path:
    """Return the folder of all downloads: `XAIBRAIN_HOME`, else the user's cache; it may not exist yet."""
    chosen = os.environ.get("XAIBRAIN_HOME", "")
    if chosen:
        return Path(chosen).expanduser().absolute()
    return platformdirs.user_cache_path("xaibrain", appauthor=False)

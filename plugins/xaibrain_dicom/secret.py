"""The secret that replaced names and UIDs are made with."""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

_NAME = "pseudonyms.key"


def secret(home: Path) -> str:
    """Return the secret in a folder; it is drawn when it is first asked for, and readable by its owner alone.

    It stands in no run: who has a run cannot tell from it what was replaced, nor try out names. Who has the
    secret can, so it is to be kept, or deleted, as such.

    Raises:
        OSError: It can be neither read nor written.
    """
    path = home / _NAME
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=home)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
        # Of two processes that come at once, both take that of the first.
        with suppress(FileExistsError):
            os.link(draft, path)
        Path(draft).unlink()
    return path.read_text()

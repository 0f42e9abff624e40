"""One line out of what a framework raised."""

from __future__ import annotations

import lzma
import re
import struct
import zipfile
import zlib

DAMAGE = (
    OSError, ValueError, KeyError, EOFError, RuntimeError, zlib.error, lzma.LZMAError, struct.error,
    zipfile.BadZipFile,
)  # fmt: skip
"""What readers of damaged archives and settings raise; what is not implemented is a `RuntimeError`."""

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_WRAPPER = "Exception encountered when calling"
_CAUSE = "Exception encountered: "
_LONGEST = 300


def reason_of(error: BaseException) -> str:
    """Return the first line of an exception that says something, without colours or final stop.

    Keras opens with "Exception encountered when calling …", or tells a whole configuration first: the
    reason stands below it.
    """
    lines = [line.strip() for line in _COLOUR.sub("", str(error)).splitlines()]
    telling = [line for line in lines if line and not line.startswith(_WRAPPER)]
    causes = [line.removeprefix(_CAUSE) for line in telling if line.startswith(_CAUSE)]
    line = (causes[-1:] or telling[:1] or [type(error).__name__])[0]
    return (line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…").rstrip(".:")

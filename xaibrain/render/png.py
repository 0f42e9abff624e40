"""PNG files, written many times as fast as by the usual libraries, and about a sixth larger."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from xaibrain.writing import replaced

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_UP = 2
"""Of the filters of the format, the one that takes the row above away; cheap, and near the best for scans."""


def save_png(picture: NDArray[np.uint8], path: Path) -> None:
    """Write a picture, whole or not at all.

    Args:
        picture: (h, w) grey or (h, w, 3) RGB.
        path: Its folder is made if need be.

    Raises:
        OutputError: It cannot be written.
    """
    with replaced(path, durable=False) as part:
        part.write_bytes(encoded(picture))


def encoded(picture: NDArray[np.uint8]) -> bytes:
    """Return a picture as a PNG file: ISO/IEC 15948, without interlacing, all rows filtered alike.

    Args:
        picture: (h, w) grey or (h, w, 3) RGB.
    """
    height, width = picture.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, 8, 2 if picture.ndim == 3 else 0, 0, 0, 0)
    rows = picture.reshape(height, -1)
    filtered = np.empty((height, 1 + rows.shape[1]), np.uint8)
    filtered[:, 0] = _UP
    filtered[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=filtered[1:, 1:])
    body = isal_zlib.compress(filtered, 1)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", isal_zlib.crc32(kind + data))

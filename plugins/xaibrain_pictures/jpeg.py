"""What stands in a JPEG file beside the picture."""

from __future__ import annotations

import re

_BEGIN, _END = b"\xff\xd8", b"\xff\xd9"
_JFIF, _START_OF_SCAN = 0xE0, 0xDA
_TABLES_AND_FRAMES = {0xC0, 0xC1, 0xC4, 0xDB, 0xDD}
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7]")
"""In a scan, what is no marker has a 0 after it; markers that restart the decoder belong to the scan."""


def bare(content: bytes) -> bool:
    """Tell whether a JPEG file is one scan and its tables: no comment, EXIF, profile, thumbnail or tail.

    Segments as in ITU-T T.81, annex B; of the application's own, JFIF's header alone is let through, which
    gives the density of pixels. Where in doubt (progressive files, fill bytes), the answer is no.
    """
    at = len(_BEGIN)
    while content[at : at + 1] == b"\xff" and content.startswith(_BEGIN):
        kind, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        segment = content[at + 4 : at + 2 + length]
        at += 2 + max(length, 2)
        if kind == _START_OF_SCAN:
            end = _NEXT_MARKER.search(content, at)
            return end is not None and content[end.start() :] == _END
        # 14 bytes of it leave no room for a thumbnail.
        jfif = kind == _JFIF and segment.startswith(b"JFIF\0") and len(segment) == 14
        if not (jfif or kind in _TABLES_AND_FRAMES):
            return False
    return False

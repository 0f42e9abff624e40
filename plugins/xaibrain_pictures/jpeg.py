"""What stands in a JPEG file beside the picture."""

from __future__ import annotations

import re
from typing import NamedTuple

_BEGIN, _END = b"\xff\xd8", b"\xff\xd9"
_JFIF, _START_OF_SCAN = 0xE0, 0xDA
_FRAMES = {0xC0, 0xC1}
_TABLES = {0xC4, 0xDB, 0xDD}
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7]")
"""In a scan, what is no marker has a 0 after it; markers that restart the decoder belong to the scan."""


class Frame(NamedTuple):
    """What the header of a frame tells."""

    height: int
    width: int
    components: int


def bare(content: bytes) -> Frame | None:
    """Return the frame of a JPEG file that is one scan and its tables; None where anything else is in it.

    No comment, EXIF, profile, thumbnail or tail. Segments as in ITU-T T.81, annex B; of the application's
    own, JFIF's header alone is let through, which gives the density of pixels. Where in doubt (progressive
    files, fill bytes, two frames), the answer is None.
    """
    at = len(_BEGIN)
    frames: list[Frame] = []
    while content[at : at + 1] == b"\xff" and content.startswith(_BEGIN):
        kind, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        segment = content[at + 4 : at + 2 + length]
        at += 2 + max(length, 2)
        if kind == _START_OF_SCAN:
            end = _NEXT_MARKER.search(content, at)
            whole = end is not None and content[end.start() :] == _END
            return frames[0] if whole and len(frames) == 1 else None
        if kind in _FRAMES and len(segment) > 5:
            height, width = (int.from_bytes(segment[place : place + 2], "big") for place in (1, 3))
            frames.append(Frame(height, width, segment[5]))
            continue
        # 14 bytes of it leave no room for a thumbnail.
        jfif = kind == _JFIF and segment.startswith(b"JFIF\0") and len(segment) == 14
        if not (jfif or kind in _TABLES):
            return None
    return None

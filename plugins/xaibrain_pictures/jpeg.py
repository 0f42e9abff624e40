"""What stands in a JPEG file beside the picture."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_BEGIN, _END = b"\xff\xd8", b"\xff\xd9"
_JFIF, _START_OF_SCAN, _HUFFMAN = 0xE0, 0xDA, 0xC4
_FRAMES = {0xC0, 0xC1}
_TABLES = {_HUFFMAN, 0xDB, 0xDD}
_NOTHING = b"\0"
"""The only symbol of a table by which nothing but zeros can be told."""
_COUNTS = 16
"""Bytes of a Huffman table before its symbols: how many codes there are of each length."""
_AC = 0x10
"""Told apart by this bit, tables of AC have the numbers that those of DC have."""
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7]")
"""In a scan, what is no marker has a 0 after it; markers that restart the decoder belong to the scan."""


class Frame(NamedTuple):
    """What stands before the picture.

    Attributes:
        height: In pixels.
        width: Likewise.
        components: 1 for grey, 3 for colour as a rule.
        colourless: Whether it has three of which two can only be empty: its brightness is all of it.
    """

    height: int
    width: int
    components: int
    colourless: bool


def bare(content: bytes) -> Frame | None:
    """Return the frame of a JPEG file that is one scan and its tables; None where anything else is in it.

    No comment, EXIF, profile, thumbnail or tail. Segments as in ITU-T T.81, annex B; of the application's
    own, JFIF's header alone is let through, which gives the density of pixels. Where in doubt (progressive
    files, fill bytes, two frames), the answer is None.
    """
    at = len(_BEGIN)
    frames: list[bytes] = []
    symbols: dict[int, bytes] = {}
    has_jfif = False
    while content[at : at + 1] == b"\xff" and content.startswith(_BEGIN):
        kind, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        segment = content[at + 4 : at + 2 + length]
        at += 2 + max(length, 2)
        if kind == _START_OF_SCAN:
            end = _NEXT_MARKER.search(content, at)
            whole = end is not None and content[end.start() :] == _END
            if not whole or len(frames) != 1:
                return None
            return _frame(frames[0], has_jfif and _colourless(frames[0], segment, symbols))
        if kind in _FRAMES and len(segment) > 5:
            frames.append(segment)
            continue
        # 14 bytes of it leave no room for a thumbnail.
        jfif = kind == _JFIF and segment.startswith(b"JFIF\0") and len(segment) == 14
        if not (jfif or kind in _TABLES):
            return None
        has_jfif |= jfif
        if kind == _HUFFMAN:
            symbols.update(_symbols(segment))
    return None


def _frame(header: bytes, colourless: bool) -> Frame:
    height, width = (int.from_bytes(header[place : place + 2], "big") for place in (1, 3))
    return Frame(height, width, header[5], colourless)


def _symbols(segment: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the class and number of each Huffman table of a segment, and the symbols that it can tell."""
    while len(segment) > _COUNTS:
        end = 1 + _COUNTS + sum(segment[1 : 1 + _COUNTS])
        yield segment[0], segment[1 + _COUNTS : end]
        segment = segment[end:]


def _colourless(header: bytes, scan: bytes, symbols: Mapping[int, bytes]) -> bool:
    """Say whether the tables of a scan leave nothing but 0 for the second and third of three components.

    Programs that write a grey picture in colour, and fit the tables to it, leave such. In a file with a JFIF
    header these components are Cb and Cr, so that red, green and blue are the first, exactly.
    """
    if scan[:1] != b"\3" or scan[1:7:2] != header[6:15:3]:
        return False
    # Of each component its number, and then its table of DC in the upper half of a byte, of AC in the lower.
    tables = [number for byte in (scan[4], scan[6]) for number in (byte >> 4, _AC | byte & 0xF)]
    return all(symbols.get(number) == _NOTHING for number in tables)

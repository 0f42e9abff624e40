"""The file itself: HTML, style and script of this folder around what they show."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Callable, Iterable
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from xaibrain.writing import replaced

_SCRIPTS = ("maps.js", "paint.js", "panels.js", "volume.js", "list.js", "viewer.js", "page.js")
"""In the order in which they build on one another."""

_HERE = "DATA"
_UNSAFE = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}


def write_page(
    path: Path, title: str, blocks: Iterable[dict[str, Any]], index: Callable[[], dict[str, Any]]
) -> int:
    """Write a page picture by picture, whole or not at all.

    Nothing in it may be fetched from anywhere, and no script or style runs but its own: its policy says so
    to the browser.

    Args:
        path: The file to write.
        title: Plain text.
        blocks: What is told of each picture.
        index: Returns what the page needs at once; called after the last block.

    Returns:
        Its size in bytes.

    Raises:
        OutputError: The file cannot be written.
    """
    before, after = _around(title)
    with replaced(path) as part, part.open("w", encoding="utf-8") as file:
        file.write(before)
        file.writelines(_data(f"scan-{number}", block) for number, block in enumerate(blocks))
        file.write(_data("index", index()))
        file.write(after)
    return path.stat().st_size


def _around(title: str) -> tuple[str, str]:
    """Return what stands before the data and what stands after."""
    style, script = _read("page.css"), "".join(map(_read, _SCRIPTS))
    page = Template(_read("page.html")).substitute(
        policy=html.escape(_policy(style, script)),
        title=html.escape(title),
        version=html.escape(version("xaibrain")),
        style=style,
        data=_HERE,
        script=script,
    )
    # From the end: neither title nor style stands behind the data.
    before, _, after = page.rpartition(f"<!-- {_HERE} -->")
    return before, after


def _policy(style: str, script: str) -> str:
    """Return a Content-Security-Policy that lets nothing in and names what may run by its digest."""
    return (
        f"default-src 'none'; img-src data:; style-src {_digest(style)}; script-src {_digest(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _data(name: str, value: dict[str, Any]) -> str:
    """Return a block of data; no text in it can end the block, whatever it says."""
    # Strict JSON: NaN would be refused by the browser.
    told = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(_UNSAFE)
    return f'<script type="application/json" id="{name}">{told}</script>\n'


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")

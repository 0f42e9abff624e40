"""Writes the package of a new plugin from the templates beside this file."""

from __future__ import annotations

import keyword
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from string import Template

from xaibrain.errors import OutputError, UsageError, unknown_name

_TEMPLATES = Path(__file__).parent / "templates"
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PREFIX = "xaibrain-"

KINDS = {
    "explainer": "explain",
    "metric": "score",
    "model": "logits",
    "dataset": "__getitem__",
    "reader": "read",
    "writer": "write",
}
"""What can be begun, and the method that its author writes first."""


def write_package(name: str, kind: str, parent: Path) -> Path:
    """Write the package of a plugin into a new folder; it appears whole or not at all.

    Args:
        name: What users will type, such as `my-method`.
        kind: One of `KINDS`.
        parent: The folder that it is written into, as `xaibrain-NAME`.

    Returns:
        The new folder.

    Raises:
        UsageError: The name cannot be one of a package.
        UnknownNameError: There is no such kind.
        OutputError: The folder is there already, or cannot be written.
    """
    if kind not in KINDS:
        raise unknown_name("kind of plugin", kind, KINDS, f"There are: {', '.join(KINDS)}.")
    words = _words(name)
    folder = parent / words["distribution"]
    if folder.exists():
        raise OutputError(f"{folder} is there already; choose another name, or another folder with -o.")
    try:
        parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=parent, prefix=f".{folder.name}."))
    except OSError as error:
        raise OutputError(f"Cannot write into {parent}: {error.strerror}. Choose another: -o DIR.") from error
    try:
        for path, text in _files(kind, words):
            (part / path).parent.mkdir(parents=True, exist_ok=True)
            (part / path).write_text(text, "utf-8")
        part.chmod(0o755)
        part.rename(folder)
    except OSError as error:
        raise OutputError(
            f"Cannot write {folder}: {error.strerror}. Choose another place: -o DIR."
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def _words(name: str) -> dict[str, str]:
    short = name.removeprefix(_PREFIX)
    file = short.replace("-", "_")
    if not _NAME.fullmatch(short) or keyword.iskeyword(file):
        raise UsageError(
            f"'{name}' cannot be the name of a plugin; give lower-case words with hyphens, such as my-method."
        )
    return {
        "name": short,
        "distribution": f"{_PREFIX}{short}",
        "package": f"xaibrain_{file}",
        "file": file,
        "Class": "".join(word.capitalize() for word in short.split("-")),
    }


def _files(kind: str, words: dict[str, str]) -> Iterator[tuple[Path, str]]:
    """Yield each file of the package: where it lies in it, and its text."""
    package = Path(words["package"])
    places = {
        "pyproject.toml.txt": Path("pyproject.toml"),
        f"{kind}/README.md.txt": Path("README.md"),
        f"{kind}/__init__.py.txt": package / "__init__.py",
        f"{kind}/{kind}.py.txt": package / f"{words['file']}.py",
        f"{kind}/test.py.txt": Path("tests") / f"test_{words['file']}.py",
    }
    for template, place in places.items():
        text = (_TEMPLATES / template).read_text("utf-8")
        yield place, Template(text).substitute(words, kind=kind, method=KINDS[kind])

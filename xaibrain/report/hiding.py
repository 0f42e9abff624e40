"""Keeps out of a page what says where a picture came from: its name, its path, its folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from xaibrain.core.manager import manager

_HIDDEN = "…"
_PATH = re.compile(r"(?<!\w)(?:~|[A-Za-z]:)?[/\\][^\s'\"]+|[^\s'\"]+[/\\][^\s'\"]*\.\w{2,5}\b")
"""From the root, or with a suffix: the path of a layer is neither."""

_SHORTEST = 3


class Hiding:
    """Tells pictures by their number, and takes names and paths out of sentences.

    Args:
        show: Whether names and paths are told after all.
        kept: Words that stay although they may be part of a path: the classes.
    """

    def __init__(self, show: bool, kept: Iterable[str]) -> None:
        self._show, self._kept = show, set(kept)

    def name(self, number: int, record: Mapping[str, Any]) -> str:
        """Return what to call a picture.

        Args:
            number: Its place among the pictures and volumes of the run, from 1.
            record: Any of its records.
        """
        return str(record["id"]) if self._show else f"Scan {number}"

    def volume(self, number: int, place: Mapping[str, Any]) -> str:
        """Return what to call a volume.

        Args:
            number: As for `name`.
            place: Where any of its slices lies.
        """
        return str(place["volume"]) if self._show else f"Volume {number}"

    def source(self, record: Mapping[str, Any]) -> str:
        """Return where a picture came from; empty where that stays hidden."""
        return str(record["source"]) if self._show else ""

    def dataset(self, name: str) -> str:
        """Return a dataset's name if it is a registered one: any other is a folder's."""
        known = {entry.spec.name for entry in manager().registry.entries("dataset")}
        return name if self._show or name in known else "a dataset of one's own"

    def text(self, told: str, record: Mapping[str, Any]) -> str:
        """Return a sentence about a picture without its names, and without what looks like a path."""
        if self._show:
            return told
        for secret in sorted(self._secrets(record), key=len, reverse=True):
            told = told.replace(secret, _HIDDEN)
        return _PATH.sub(_HIDDEN, told).removeprefix(f"{_HIDDEN}: ")

    def _secrets(self, record: Mapping[str, Any]) -> set[str]:
        names = [str(record.get("id") or ""), str(record.get("source") or "")]
        standing = ((record.get("notes") or {}).get("check") or {}).get("standing") or {}
        dataset = str(standing.get("dataset") or "")
        if dataset and self.dataset(dataset) != dataset:
            names.append(dataset)
        parts = {part for name in names for part in re.split(r"[/\\]", name)}
        stems = {part.rpartition(".")[0] for part in parts}
        return {word for word in {*names, *parts, *stems} - self._kept if len(word) >= _SHORTEST}

"""What a plugin says about one capability, without importing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Spec:
    """A capability that a plugin offers; the target is imported when it is first used.

    Attributes:
        name: What users type: lower case, digits, ``-`` and ``+``.
        target: ``"package.module:Attribute"``, a class or function that makes the thing.
        summary: One line for ``xaibrain plugins``.
        reference: Paper, data source or documentation that defines it.
        extra: The extra of the owner's distribution that brings its dependencies; empty if none.
        defaults: Options handed to the target unless the user sets them.
    """

    name: str
    target: str
    summary: str
    reference: str = ""
    extra: str = ""
    defaults: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        module, _, attribute = self.target.partition(":")
        if not (self.name and module and attribute):
            raise ValueError(f"Spec {self.name!r}: target {self.target!r} is not 'package.module:Attribute'")


@dataclass(frozen=True, slots=True)
class ReaderSpec(Spec):
    """A reader that a plugin offers, and how its files are known without importing it.

    Attributes:
        suffixes: How their names end, in lower case: `.dcm`, `.nii.gz`. Folders are searched for these.
        magic: How they begin, for files whose suffix nobody declares: pairs of an offset below 1024 and
            the bytes that stand there, one of which is enough.
    """

    suffixes: tuple[str, ...] = ()
    magic: tuple[tuple[int, bytes], ...] = ()

    def knows(self, start: bytes) -> bool:
        """Say whether a file that begins so is one of these."""
        return any(start[offset : offset + len(word)] == word for offset, word in self.magic)

"""Every capability by kind and name; a clash is remembered and raised when the name is used."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xaibrain.core.parameters import validated
from xaibrain.core.spec import Spec
from xaibrain.errors import NameClashError, PluginError, unknown_name

KINDS: Mapping[str, str] = {
    "dataset": "xaibrain_datasets",
    "model": "xaibrain_models",
    "explainer": "xaibrain_explainers",
    "metric": "xaibrain_metrics",
    "engine": "xaibrain_engines",
    "reader": "xaibrain_readers",
    "writer": "xaibrain_writers",
    "executor": "xaibrain_executors",
}
"""Kind of capability, and the hook that declares it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A capability and who offers it."""

    kind: str
    spec: Spec
    plugin: str
    owner: str

    def target(self) -> Any:
        """Import the class or function behind this entry.

        Raises:
            PluginError: It cannot be imported; the message names the extra to install, if any.
        """
        module, _, attribute = self.spec.target.partition(":")
        try:
            return getattr(importlib.import_module(module), attribute)
        # A stranger's module may raise anything at all, SystemExit included.
        except (Exception, SystemExit) as error:
            raise PluginError(self._unusable(module, error)) from error

    def make(self, **options: Any) -> Any:
        """Make the thing, with checked options over the entry's defaults."""
        target = self.target()
        return target(**validated(self.spec.name, target, {**self.spec.defaults, **options}))

    def _unusable(self, module: str, error: BaseException) -> str:
        which = f"{self.kind} '{self.spec.name}'"
        absent = error.name if isinstance(error, ModuleNotFoundError) else None
        if self.spec.extra and absent and not f"{module}.".startswith(f"{absent}."):
            return f"{which} needs {absent}. Run: pip install '{self.owner.split()[0]}[{self.spec.extra}]'"
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        return f"{which} of {self.owner} cannot be imported ({reason}); tell its authors, or update it."


class Registry:
    """All entries; looked up by kind and name."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], list[Entry]] = {}

    def add(self, entry: Entry) -> None:
        """Add an entry; a second one of the same name makes that name unusable, and only that."""
        self._entries.setdefault((entry.kind, entry.spec.name), []).append(entry)

    def entries(self, kind: str | None = None) -> list[Entry]:
        """Return every entry of a kind, or of all, sorted by kind and name; clashing ones included."""
        found = [entry for entries in self._entries.values() for entry in entries]
        order = list(KINDS)
        return sorted(
            (entry for entry in found if kind in (None, entry.kind)),
            key=lambda entry: (order.index(entry.kind), entry.spec.name, entry.owner),
        )

    def clashes(self) -> list[str]:
        """Return one line for each name that more than one plugin offers."""
        return [_clash(entries) for entries in self._entries.values() if len(entries) > 1]

    def get(self, kind: str, name: str) -> Entry:
        """Return the entry of this name.

        Raises:
            UnknownNameError: There is none; the nearest name is suggested.
            NameClashError: Several plugins offer it; all are named.
        """
        entries = self._entries.get((kind, name), [])
        if not entries:
            known = [entry.spec.name for entry in self.entries(kind)]
            raise unknown_name(kind, name, known, f"Run: xaibrain {kind}s")
        if len(entries) > 1:
            raise NameClashError(_clash(entries))
        return entries[0]


def _clash(entries: list[Entry]) -> str:
    owners = " and by ".join(f"{entry.owner} (plugin '{entry.plugin}')" for entry in entries)
    return (
        f"{entries[0].kind} '{entries[0].spec.name}' is offered by {owners}; "
        f"disable one: XAIBRAIN_DISABLE={entries[-1].plugin}"
    )

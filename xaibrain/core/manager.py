"""Finds plugins by entry point; a broken one becomes a row with its reason, never a crash."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal

import pluggy

from xaibrain.core import hookspecs
from xaibrain.core.registry import KINDS, Entry, Registry
from xaibrain.core.spec import ReaderSpec, Spec

GROUP = "xaibrain"


@dataclass(frozen=True, slots=True)
class PluginRow:
    """One installed plugin and how it fares.

    Attributes:
        name: Its entry point's name; what `XAIBRAIN_DISABLE` takes.
        owner: The distribution that brings it, with its version.
        state: Whether it is in use.
        reason: Why it failed; empty otherwise.
    """

    name: str
    owner: str
    state: Literal["ok", "disabled", "failed"]
    reason: str = ""


class Manager:
    """The plugins of this process and the registry that they fill."""

    def __init__(self, points: Iterable[EntryPoint], disabled: Iterable[str] = ()) -> None:
        self.registry = Registry()
        self.rows: list[PluginRow] = []
        off = set(disabled)
        for point in sorted(points, key=lambda point: (point.name, _owner(point))):
            self._admit(point, off)

    def _admit(self, point: EntryPoint, disabled: set[str]) -> None:
        owner = _owner(point)
        if point.name in disabled:
            self.rows.append(PluginRow(point.name, owner, "disabled"))
            return
        try:
            for entry in _declared(point, owner):
                self.registry.add(entry)
        # A stranger's module may raise anything at all, SystemExit included.
        except (Exception, SystemExit) as error:
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            self.rows.append(PluginRow(point.name, owner, "failed", reason))
        else:
            self.rows.append(PluginRow(point.name, owner, "ok"))


def _declared(point: EntryPoint, owner: str) -> list[Entry]:
    # Each plugin has hooks of its own: one that breaks the contract must not stand in another's way.
    hooks = pluggy.PluginManager("xaibrain")
    hooks.add_hookspecs(hookspecs)
    hooks.register(point.load())
    hooks.check_pending()
    return [
        Entry(kind, spec, point.name, owner)
        for kind, hook in KINDS.items()
        for implementation in getattr(hooks.hook, hook).get_hookimpls()
        for spec in _specs(hook, implementation.function())
    ]


def _specs(hook: str, answer: Any) -> list[Spec]:
    answers = list(answer) if isinstance(answer, Iterable) else [answer]
    wanted = ReaderSpec if hook == "xaibrain_readers" else Spec
    for spec in answers:
        if not isinstance(spec, wanted):
            told = f"hook {hook} returned {type(spec).__name__}; return a list of xaibrain.{wanted.__name__}"
            raise TypeError(told)
    return answers


def _owner(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else "an unknown distribution"


@cache
def manager() -> Manager:
    """Return this process' manager, made on first use from the installed distributions."""
    disabled = os.environ.get("XAIBRAIN_DISABLE", "")
    return Manager(entry_points(group=GROUP), [name.strip() for name in disabled.split(",") if name.strip()])

"""`xaibrain plugins`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from xaibrain.core.registry import Entry


@click.command()
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List the plugins and what they offer, or show the capability NAME.

    A plugin that cannot be imported stands in the list with the reason.
    XAIBRAIN_DISABLE=NAME,NAME switches plugins off.
    """
    from xaibrain.cli.listing import show, warn_of_clashes
    from xaibrain.cli.tables import print_table
    from xaibrain.core.manager import manager
    from xaibrain.errors import unknown_name

    entries = manager().registry.entries()
    if name is not None:
        named = [entry for entry in entries if entry.spec.name == name]
        if not named:
            known = [entry.spec.name for entry in entries]
            raise unknown_name("capability", name, known, "Run: xaibrain plugins")
        for entry in named:
            show(entry)
        return
    rows = []
    for row in manager().rows:
        mine = [entry for entry in entries if (entry.plugin, entry.owner) == (row.name, row.owner)]
        rows.append((row.name, row.owner, row.state, row.reason or _offers(mine)))
    print_table(("plugin", "from", "state", "offers"), rows)
    warn_of_clashes()


def _offers(entries: Sequence[Entry]) -> str:
    by_kind: dict[str, list[str]] = {}
    for entry in entries:
        by_kind.setdefault(entry.kind, []).append(entry.spec.name)
    return "; ".join(f"{kind}s {', '.join(names)}" for kind, names in by_kind.items())

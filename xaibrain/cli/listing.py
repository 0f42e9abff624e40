"""What `plugins` and the lists of one kind (`models`, `readers`, ...) print."""

from __future__ import annotations

from typing import Any

import click

from xaibrain.cli.tables import print_table
from xaibrain.core.manager import manager
from xaibrain.core.parameters import parameters_of
from xaibrain.core.registry import Entry
from xaibrain.core.spec import ReaderSpec
from xaibrain.errors import PluginError


def list_kind(kind: str) -> None:
    """Print one line for each capability of a kind; imports none of them."""
    entries = manager().registry.entries(kind)
    print_table(
        (kind, "what it is", "from"),
        [(entry.spec.name, entry.spec.summary, entry.owner) for entry in entries],
    )
    warn_of_clashes()


def warn_of_clashes() -> None:
    """Say on stderr which names cannot be used, and why."""
    for clash in manager().registry.clashes():
        click.echo(f"Clash: {clash}", err=True)


def show(entry: Entry) -> None:
    """Print all that is known of one capability, its parameters included; this imports it."""
    spec = entry.spec
    click.echo(f"{spec.name} ({entry.kind} of {entry.owner}, plugin '{entry.plugin}')\n{spec.summary}")
    if spec.reference:
        click.echo(f"Reference: {spec.reference}")
    if isinstance(spec, ReaderSpec):
        click.echo(f"Files: {' '.join(spec.suffixes)}")
    click.echo(f"Target: {spec.target}")
    try:
        target = entry.target()
    except PluginError as error:
        click.echo(str(error))
        return
    if entry.kind == "metric":
        _show_direction(target)
    parameters = parameters_of(target)
    rows = []
    for parameter in parameters.values():
        default = spec.defaults.get(parameter.name, None if parameter.required else parameter.default)
        kind = getattr(parameter.type, "__name__", None) if isinstance(parameter.type, type) else None
        told = "required" if parameter.required and parameter.name not in spec.defaults else repr(default)
        rows.append((parameter.name, kind or str(parameter.type).replace("typing.", ""), told))
    if rows:
        print_table(("parameter", "type", "default"), rows)


def _show_direction(metric: Any) -> None:
    low, high = metric.range
    better = "higher" if metric.higher_is_better else "lower"
    needs = f"; needs the {' and the '.join(sorted(metric.needs))}" if metric.needs else ""
    click.echo(f"From {low:g} to {high:g}, {better} is better{needs}.")


def show_or_list(kind: str, name: str | None) -> None:
    """Print one capability of a kind, or all of them."""
    if name is None:
        list_kind(kind)
    else:
        show(manager().registry.get(kind, name))

"""`xaibrain executors`."""

from __future__ import annotations

import click


@click.command()
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List the executors, or show NAME with its parameters and reference."""
    from xaibrain.cli.listing import show_or_list

    show_or_list("executor", name)

"""`xaibrain plugins`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xaibrain.cli.options import settings_option

if TYPE_CHECKING:
    from xaibrain.core.registry import Entry
    from xaibrain.testing.rules import Verdict


class _OrName(click.Group):
    """A group in which a word that is no command is the NAME of `show`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Read `plugins NAME` as `plugins show NAME`."""
        named = bool(args) and args[0] not in self.commands and not args[0].startswith("-")
        return super().resolve_command(ctx, ["show", *args] if named else args)


@click.group(cls=_OrName, invoke_without_command=True, subcommand_metavar="[NAME | COMMAND [ARGS]...]")
@click.pass_context
def command(ctx: click.Context) -> None:
    """List the plugins and what they offer, or show the capability NAME.

    A plugin that cannot be imported stands in the list with the reason.
    XAIBRAIN_DISABLE=NAME,NAME switches plugins off.
    """
    if ctx.invoked_subcommand is not None:
        return
    from xaibrain.cli.listing import warn_of_clashes
    from xaibrain.cli.tables import print_table
    from xaibrain.core.manager import manager

    entries = manager().registry.entries()
    rows = []
    for row in manager().rows:
        mine = [entry for entry in entries if (entry.plugin, entry.owner) == (row.name, row.owner)]
        rows.append((row.name, row.owner, row.state, row.reason or _offers(mine)))
    print_table(("plugin", "from", "state", "offers"), rows)
    warn_of_clashes()


@command.command()
@click.argument("name")
def show(name: str) -> None:
    """Show the capability NAME in full, with its parameters."""
    from xaibrain.cli.listing import show as show_entry

    for entry in _named(name):
        show_entry(entry)


@command.command()
@click.argument("name")
@click.option(
    "--kind", type=click.Choice(["explainer", "metric", "model", "dataset", "reader", "writer"]),
    default="explainer", show_default=True, help="What it will offer.",
)  # fmt: skip
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path(), metavar="DIR",
    help="Where to write the folder xaibrain-NAME; here if left out.",
)  # fmt: skip
def new(name: str, kind: str, output: Path) -> None:
    """Write the package of a new plugin that offers NAME.

    It installs, works and passes its own tests as it is; put your own arithmetic in.
    """
    from xaibrain.core.manager import manager
    from xaibrain.errors import NameClashError
    from xaibrain.scaffold.package import write_package

    for entry in manager().registry.entries(kind):
        if entry.spec.name == name.removeprefix("xaibrain-"):
            raise NameClashError(
                f"'{entry.spec.name}' is offered as {kind} by {entry.owner} already; choose another name."
            )
    folder = write_package(name, kind, output)
    click.echo(f"Wrote {folder}. Next:")
    click.echo(f'  pip install -e "{folder}[test]" && pytest {folder}')


@command.command()
@click.argument("name")
@click.option("--examples", default=10, show_default=True, help="Generated cases a rule.")
@settings_option("A parameter of what is checked.")
@click.pass_context
def check(ctx: click.Context, name: str, examples: int, pairs: tuple[str, ...]) -> None:
    """Hold NAME, a capability or all that a plugin offers, to the rules of its kind.

    Exit codes: 0 all rules are kept, 1 some are broken, 2 they could not be checked.
    """
    from xaibrain.cli.progress import shown_progress
    from xaibrain.cli.settings import split_settings
    from xaibrain.cli.tables import print_table
    from xaibrain.errors import UsageError
    from xaibrain.testing.check import check_of
    from xaibrain.testing.kinds import KINDS

    broken = 0
    entries = [entry for entry in _named(name, plugins=True) if entry.kind in KINDS]
    if not entries:
        raise UsageError(f"There are no rules for '{name}'; there are for: {', '.join(KINDS)}.")
    for entry in entries:
        settings = split_settings(pairs, ())[""]
        held = check_of(entry.kind, entry.spec.name, examples=examples, **settings)
        with shown_progress(f"checking {entry.spec.name}", len(held.rules)) as progress:
            verdicts = held.verdicts(progress.advance)
        print_table((f"{entry.kind} {entry.spec.name}", "", ""), map(_row, verdicts))
        broken += sum(verdict.state == "broken" for verdict in verdicts)
    click.echo(f"Rules broken: {broken}." if broken else "All rules are kept.")
    ctx.exit(1 if broken else 0)


def _row(verdict: Verdict) -> Sequence[str]:
    return (verdict.rule, verdict.state, verdict.told)


def _named(name: str, plugins: bool = False) -> list[Entry]:
    """Return the capabilities of a name; where there are none, perhaps all that a plugin offers."""
    from xaibrain.core.manager import manager
    from xaibrain.errors import unknown_name

    entries = manager().registry.entries()
    named = [entry for entry in entries if entry.spec.name == name]
    if not named and plugins:
        named = [entry for entry in entries if entry.plugin == name]
    if not named:
        raise unknown_name(
            "capability", name, [entry.spec.name for entry in entries], "Run: xaibrain plugins"
        )
    return named


def _offers(entries: Sequence[Entry]) -> str:
    by_kind: dict[str, list[str]] = {}
    for entry in entries:
        by_kind.setdefault(entry.kind, []).append(entry.spec.name)
    return "; ".join(f"{kind}s {', '.join(names)}" for kind, names in by_kind.items())

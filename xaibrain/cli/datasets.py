"""`xaibrain datasets`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from xaibrain.cli.options import settings_option


@click.group(invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """List the datasets; show or download one."""
    if ctx.invoked_subcommand is None:
        from xaibrain.cli.listing import list_kind

        list_kind("dataset")


@command.command()
@click.argument("name", metavar="NAME|FOLDER")
@settings_option("An option of the dataset.")
@click.option("-o", "--output", default="", metavar="FILE", help="Where to write; NAME.png if left out.")
@click.option("--seed", default=0, help="Of the choice of pictures.")
def show(name: str, pairs: tuple[str, ...], output: str, seed: int) -> None:
    """Show a dataset: its options, and a figure of its classes with their counts, lesions outlined."""
    from xaibrain.cli.listing import show as show_entry
    from xaibrain.cli.progress import shown_progress
    from xaibrain.cli.settings import split_settings
    from xaibrain.core.manager import manager
    from xaibrain.loading import is_folder, load_dataset
    from xaibrain.render.classes import class_figure, sample_classes
    from xaibrain.writing import replaced

    show_entry(manager().registry.get("dataset", "folder" if is_folder(name) else name))
    dataset = load_dataset(name, **split_settings(pairs, ())[""])
    with shown_progress("reading", len(dataset)) as progress:
        sample = sample_classes(dataset, seed, progress.advance)
    path = Path(output or f"{Path(name).resolve().name}.png")
    with replaced(path) as part:
        class_figure(sample, name).savefig(part, format="png")
    for label, count in sample.counts.items():
        click.echo(f"{count:6d}  {label or '(no label)'}")
    for line in sample.unreadable:
        click.echo(line, err=True)
    click.echo(f"See {path}")


@command.command()
@click.argument("name")
@click.option(
    "--from", "source", type=click.Path(path_type=Path), help="A folder or an archive that you have."
)
def download(name: str, source: Path | None) -> None:
    """Fetch NAME into the cache (XAIBRAIN_HOME), check it and unpack it.

    What was interrupted goes on where it stopped.
    """
    from xaibrain.cli.progress import shown_progress
    from xaibrain.core.manager import manager
    from xaibrain.errors import UsageError

    target: Any = manager().registry.get("dataset", name).target()
    if not hasattr(target, "download"):
        raise UsageError(f"'{name}' needs no download. Run: xaibrain datasets show {name}")
    with shown_progress("fetching", 0) as progress:
        result = target.download(source, lambda done, total: progress.update("fetching", done, total or done))
    click.echo(f"{name}: {result}")

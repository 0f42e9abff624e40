"""`xaibrain report`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

_LARGE = 150_000_000


@click.command()
@click.argument("run", metavar="RUN")
@click.option("-o", "--output", metavar="FILE", help="Where to write; RUN/report.html if left out.")
@click.option("--title", default="", help="Title of the page.")
@click.option("--audit", metavar="FILE", help="The audit.json of xaibrain audit, to be told too.")
@click.option("--benchmark", metavar="FILE", help="The benchmark.json of xaibrain benchmark, likewise.")
@click.option("-n", "--limit", type=click.IntRange(min=1), help="At most so many scans, spread over the run.")
@click.option("--longest", type=click.IntRange(min=64), default=1024, show_default=True,
              help="Pixels of a scan's longer side; larger ones are shrunk.")  # fmt: skip
@click.option("--lossless", is_flag=True, help="Keep every pixel of the scans; the file grows.")
@click.option(
    "--show-paths", is_flag=True, help="Tell names and paths of the pictures, which may name people."
)
def command(
    run: str, output: str | None, title: str, audit: str | None, benchmark: str | None, limit: int | None,
    longest: int, lossless: bool, show_paths: bool,
) -> None:  # fmt: skip
    """Make one HTML file of a run, to look at and to pass on.

    RUN is a folder that xaibrain explain wrote. The file needs nothing else and asks no other machine for
    anything: scans, raw maps, colours and controls stand in it. Pictures are called by their number; no
    name, path or tag of their files is told, unless --show-paths is given.

    Exit codes: 0 done, 2 not done.
    """
    from xaibrain.cli.progress import shown_progress
    from xaibrain.report.build import write_report
    from xaibrain.report.contents import Options
    from xaibrain.report.run import read_run

    found = read_run(Path(run), limit)
    told = {name: _record(file, name) for name, file in (("audit", audit), ("benchmark", benchmark)) if file}
    path = Path(output) if output else Path(run) / "report.html"
    options = Options(show_paths, longest, lossless)
    with shown_progress("packing", len(found.pictures)) as progress:
        size = write_report(found, path, options, title, **told, advance=progress.advance)
    click.echo(f"{len(found.pictures):,} scans, {size / 1e6:.1f} MB. See {path}")
    if size > _LARGE:
        click.echo("That is much for a browser: -n takes fewer scans, --longest smaller ones.", err=True)


def _record(file: str, command: str) -> dict[str, Any]:
    """Read what another command wrote."""
    from xaibrain.errors import InputError

    try:
        record = json.loads(Path(file).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: cannot be read; give the {command}.json of xaibrain {command}.") from error
    key = {"audit": "summary", "benchmark": "rankings"}[command]
    if not isinstance(record, dict) or key not in record:
        raise InputError(f"{file}: holds no {command}; give the {command}.json of xaibrain {command}.")
    return record

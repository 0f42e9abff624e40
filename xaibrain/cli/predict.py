"""`xaibrain predict`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from xaibrain.cli.options import settings_option, unsafe_option
from xaibrain.defaults import DEFAULT_MODEL


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("-m", "--model", default=DEFAULT_MODEL, show_default=True,
              help="A model's name, or a .keras or .h5 file.")  # fmt: skip
@settings_option("model.KEY and reader.KEY set theirs.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="A .csv or .json file.")
@click.option("--batch-size", type=click.IntRange(min=1), default=32, help="Pictures a forward pass.")
@unsafe_option
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout instead of a table.")
@click.pass_context
def command(
    ctx: click.Context, paths: tuple[str, ...], model: str, pairs: tuple[str, ...], output: Path | None,
    batch_size: int, unsafe: bool, as_json: bool,
) -> None:  # fmt: skip
    """Classify pictures: files, and folders that are searched.

    Probabilities are those of the model at its stored temperature, if it was calibrated. A picture that
    cannot be read is a line on standard error; the others go on.

    Exit codes: 0 all done, 1 some pictures failed, 2 not done.
    """
    from xaibrain.cli.progress import shown_progress
    from xaibrain.cli.quiet import quiet_framework
    from xaibrain.core.records import Failure
    from xaibrain.evaluation.predicting import predictions
    from xaibrain.inputs import items_of_paths
    from xaibrain.loading import load_model

    settings = _settings(pairs, output)
    options: dict[str, Any] = {"unsafe": unsafe, **settings["model"]}
    good, bad = items_of_paths(paths, settings["reader"])
    with quiet_framework():
        asked = load_model(model, **options)
    rows, failed = [], 0
    with shown_progress("predicting", len(good) + len(bad)) as progress:
        for outcome in predictions(asked, [*good, *bad], batch_size):
            progress.advance()
            if isinstance(outcome, Failure):
                progress.say(outcome.error)
                failed += 1
            rows.append(_row(outcome))
    names = asked.class_names
    if output:
        _write(rows, names, output)
    _print(rows, names, as_json)
    ctx.exit(1 if failed else 0)


def _settings(pairs: Sequence[str], output: Path | None) -> dict[str, dict[str, str]]:
    """Return the options of model and readers; everything that can be wrong is found before loading."""
    from xaibrain.cli.settings import split_settings
    from xaibrain.errors import UsageError

    settings = split_settings(pairs, ("model", "reader"))
    if settings[""]:
        raise UsageError(f"'{next(iter(settings['']))}': settings are model.KEY=VALUE and reader.KEY=VALUE.")
    if output and output.suffix not in (".csv", ".json"):
        raise UsageError(f"{output}: predictions are written as .csv or .json; choose one of these endings.")
    return settings


def _row(outcome: Any) -> dict[str, Any]:
    keys = ("id", "source", "label", "predicted", "probabilities", "error")
    return {key: getattr(outcome, key, None) for key in keys}


def _write(rows: Sequence[dict[str, Any]], names: Sequence[str], path: Path) -> None:
    from xaibrain.writing import replaced

    text = _csv(rows, names) if path.suffix == ".csv" else _json(rows) + "\n"
    with replaced(path) as part:
        part.write_text(text, encoding="utf-8")


def _json(rows: Sequence[dict[str, Any]]) -> str:
    return json.dumps(rows, ensure_ascii=False, indent=1)


def _csv(rows: Sequence[dict[str, Any]], names: Sequence[str]) -> str:
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(["id", "source", "predicted", *names, "error"])
    for row in rows:
        probabilities = row["probabilities"] or {}
        told = [f"{probabilities[name]:.6f}" if name in probabilities else "" for name in names]
        writer.writerow([row["id"], row["source"], row["predicted"], *told, row["error"]])
    return page.getvalue()


def _print(rows: Sequence[dict[str, Any]], names: Sequence[str], as_json: bool) -> None:
    from xaibrain.cli.tables import print_table

    if as_json:
        click.echo(_json(rows))
        return
    told = [
        (row["id"], row["predicted"], *(f"{row['probabilities'][name]:.3f}" for name in names))
        for row in rows
        if row["error"] is None
    ]
    if told:
        print_table(("picture", "predicted", *names), told)

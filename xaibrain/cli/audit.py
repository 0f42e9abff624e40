"""`xaibrain audit`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xaibrain.cli.options import settings_option, unsafe_option

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from xaibrain.audit.examine import Audit
    from xaibrain.audit.twins import Pair
    from xaibrain.core.model import Model
    from xaibrain.inputs import Item
    from xaibrain.render.twins import Section

_LISTED, _DRAWN = 10, 18

LEAK = 3
"""Exit code for a leak, with `--fail-on leak`."""


@click.command()
@click.argument("dataset", metavar="DATASET|FOLDER")
@settings_option("An option of the dataset; model.KEY sets one of the model.")
@click.option("-m", "--model", help="Look for label errors too, with the features of this model or file.")
@click.option("-o", "--output", default="xaibrain-audit", metavar="DIR", help="Where to write.")
@click.option("--bits", type=click.IntRange(0, 64), default=4, show_default=True,
              help="Pairs with hashes this near are aligned in any case.")  # fmt: skip
@click.option("--alike", type=click.FloatRange(0.5, 1), default=0.965, show_default=True,
              help="Least correlation of twins once aligned.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, help="Of the probe.")
@unsafe_option
@click.option("--fail-on", type=click.Choice(["leak"]), help="Leave with exit code 3 when one is found.")
@click.option("--json", "as_json", is_flag=True, help="The whole record on stdout.")
@click.pass_context
def command(
    ctx: click.Context, dataset: str, pairs: tuple[str, ...], model: str | None, output: str, bits: int,
    alike: float, seed: int, unsafe: bool, fail_on: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Look for what would spoil training or testing on a dataset.

    Equal files; twins that were re-encoded, resized, brightened, turned or mirrored; twins in two
    splits, or with two labels; class balance; and whether size, aspect, border, intensity or format
    alone give the class away. With a model, also labels that are doubtful. DIR receives audit.json,
    audit.md, twins.png, distances.png and, with a model, suspects.png. A folder tells its splits by the
    names of its first sub-folders (train, test, val and the like).

    Exit codes: 0 done, 2 not done, 3 a leak, with --fail-on leak.
    """
    from xaibrain.audit.examine import audit
    from xaibrain.audit.record import record_of
    from xaibrain.cli.progress import shown_progress
    from xaibrain.cli.settings import split_settings
    from xaibrain.inputs import items_of
    from xaibrain.loading import load_dataset

    settings = split_settings(pairs, ("dataset", "model"))
    items = items_of(load_dataset(dataset, **settings[""], **settings["dataset"]))
    judge = _model(model, unsafe, settings["model"])
    with shown_progress("reading", len(items)) as progress:
        found = audit(dataset, items, progress.update, bits, alike, seed, judge)
        for line in found.unreadable:
            progress.say(line)
        progress.update("drawing", 0, 1)
        record = record_of(found)
        _write(Path(output), found, record, items)
    if as_json:
        click.echo(json.dumps(record, ensure_ascii=False))
    else:
        _print(found, Path(output))
    if fail_on == "leak" and found.leaks:
        ctx.exit(LEAK)


def _model(name: str | None, unsafe: bool, options: dict[str, str]) -> Model | None:
    from xaibrain.cli.quiet import quiet_framework
    from xaibrain.errors import UsageError
    from xaibrain.loading import load_model

    if name is None:
        if options or unsafe:
            raise UsageError("model.KEY=VALUE and --unsafe go with -m MODEL; name one.")
        return None
    given: dict[str, Any] = {"unsafe": unsafe, **options}
    with quiet_framework():
        return load_model(name, **given)


def _write(folder: Path, found: Audit, record: dict[str, Any], items: Sequence[Item]) -> None:
    from xaibrain.audit.page import markdown_of
    from xaibrain.render.distances import distances_figure
    from xaibrain.render.twins import twins_figure
    from xaibrain.writing import replaced

    twins = found.twins
    texts = {
        "audit.json": json.dumps(record, ensure_ascii=False, indent=1) + "\n",
        "audit.md": markdown_of(found),
    }
    for name, text in texts.items():
        with replaced(folder / name) as part:
            part.write_text(text, encoding="utf-8")
    figures = {
        "twins.png": twins_figure(f"{found.name}: pairs to look at", _sections(found, items)),
        "distances.png": distances_figure(
            f"{found.name}: {len(found.seen):,} pictures", twins.distances, [p.bits for p in twins.pairs],
            twins.bits, [p.likeness for p in twins.compared], twins.alike,
        ),
    }  # fmt: skip
    if found.suspects and not found.suspects.reason:
        figures["suspects.png"] = _suspects(found, items)
    for name, figure in figures.items():
        with replaced(folder / name) as part:
            figure.savefig(part, format="png")


def _sections(found: Audit, items: Sequence[Item]) -> list[Section]:
    """Read the pictures of the worst pairs once more, in full."""
    from xaibrain.audit.worst import worst_pairs
    from xaibrain.render.twins import Section, SideBySide

    def drawn(pair: Pair) -> SideBySide:
        turned = f", turned {pair.turn:.0f}°" if abs(pair.turn) > 2 else ""
        told = f"alike {pair.likeness:.3f}, {pair.bits} bits{turned}{', mirrored' if pair.mirrored else ''}"
        first, second = (items[found.seen[place].index].read() for place in (pair.first, pair.second))
        return SideBySide(first, second, told)

    return [Section(title, [drawn(pair) for pair in pairs]) for title, pairs in worst_pairs(found).items()]


def _suspects(found: Audit, items: Sequence[Item]) -> Figure:
    from xaibrain.render.suspects import Doubtful, suspects_figure

    rows = found.suspects.rows if found.suspects else []
    drawn = [
        Doubtful(items[found.seen[row.position].index].read(), row.label, row.given, row.suggested, row.other)
        for row in rows[:_DRAWN]
    ]
    return suspects_figure(f"{found.name}: {len(rows):,} suspected label errors, the worst first", drawn)


def _print(found: Audit, folder: Path) -> None:
    from xaibrain.audit.findings import SUSPECT_COLUMNS, findings, suspect_rows
    from xaibrain.cli.tables import print_table

    print_table(("looked for", "found"), findings(found))
    if found.suspects and not found.suspects.reason:
        rows = suspect_rows(found)
        more = len(rows) - _LISTED
        print_table(SUSPECT_COLUMNS, rows[:_LISTED], f"… and {more} more in audit.json" if more > 0 else "")
        click.echo(found.suspects.caveat)
    click.echo(f"See {folder / 'audit.md'} and the figures beside it")

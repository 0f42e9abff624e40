"""`xaibrain evaluate`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xaibrain.cli.options import settings_option, unsafe_option

if TYPE_CHECKING:
    from xaibrain.core.model import Model
    from xaibrain.evaluation.record import Evaluation


@click.command()
@click.argument("dataset", metavar="DATASET|FOLDER")
@click.option("-m", "--model", help="A model's name, or a .keras or .h5 file; else the dataset's own.")
@click.option("--on", type=click.Choice(["held-out", "original", "random", "all"]),
              help="Which pictures; held-out if left out, where the model held some out.")  # fmt: skip
@settings_option("An option of the dataset; model.KEY sets the model's.")
@click.option("-o", "--output", default="xaibrain-evaluation", metavar="DIR", help="Where to write.")
@click.option("--calibrate", is_flag=True, help="Store the fitted temperature in the .keras file.")
@click.option("--seed", type=click.IntRange(0), default=0, help="Of the random split, folds and bootstrap.")
@click.option("--batch-size", type=click.IntRange(min=1), default=32, help="Pictures a forward pass.")
@unsafe_option
@click.option("--json", "as_json", is_flag=True, help="The whole record on stdout.")
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
    """Score a model on pictures with labels, and say what it has seen of them in training.

    The pictures: held-out, those that the checkpoint's card says were kept from training; original,
    the dataset's own test split; random, 15 % at random; or all. A warning tells how many of them were
    trained on or have a copy that was.

    DIR receives evaluation.json, evaluation.md, predictions.csv and the figures confusion.png,
    reliability.png, predictions.png, failures.png, and curves.png where the card has curves.

    Exit codes: 0 all done, 1 some pictures failed and the others were scored, 2 not done.
    """
    ctx.exit(_run(Request(**options)))


@dataclass(frozen=True)
class Request:
    """What the user typed."""

    dataset: str
    model: str | None
    on: Any
    pairs: tuple[str, ...]
    output: str
    calibrate: bool
    seed: int
    batch_size: int
    unsafe: bool
    as_json: bool


def _run(request: Request) -> int:
    from xaibrain.cli.progress import shown_progress
    from xaibrain.cli.quiet import quiet_framework
    from xaibrain.cli.settings import split_settings
    from xaibrain.defaults import DEFAULT_MODEL
    from xaibrain.evaluation.evaluate import evaluate
    from xaibrain.evaluation.folder import write_evaluation
    from xaibrain.evaluation.report import record_of
    from xaibrain.evaluation.storing import checkpoint_of, store_temperature
    from xaibrain.loading import load_dataset, load_model

    settings = split_settings(request.pairs, ("model", "dataset"))
    dataset = load_dataset(request.dataset, **{**settings[""], **settings["dataset"]})
    asked = request.model or dataset.default_model or DEFAULT_MODEL
    with quiet_framework():
        options: dict[str, Any] = {"unsafe": request.unsafe, **settings["model"]}
        model = load_model(asked, **options)
    checkpoint = checkpoint_of(model, asked) if request.calibrate else None
    with shown_progress("reading", len(dataset)) as progress:
        found = evaluate(
            dataset, model=model, on=request.on, seed=request.seed, batch_size=request.batch_size,
            name=request.dataset, progress=progress.update,
        )  # fmt: skip
        for failure in found.failures:
            progress.say(failure.error)
        progress.update("drawing", 0, 1)
        write_evaluation(found, Path(request.output))
    if request.as_json:
        click.echo(json.dumps(record_of(found), ensure_ascii=False))
    else:
        _print(found, Path(request.output))
    if found.warning:
        click.echo(f"Warning: {found.warning}", err=True)
    if checkpoint:
        _store(found, model, checkpoint, store_temperature)
    return 1 if found.failures else 0


def _store(found: Evaluation, model: Model, checkpoint: Path, store: Any) -> None:
    entry = store(found, model, checkpoint)
    click.echo(f"Temperature {entry['value']:.3f} is stored in {checkpoint}.", err=True)


def _print(found: Evaluation, folder: Path) -> None:
    from xaibrain.cli.tables import print_table
    from xaibrain.evaluation import report

    print_table(("evaluated", ""), report.overview(found))
    print_table(("measure", "value", "95 %"), report.measures(found))
    print_table(report.CLASS_COLUMNS, report.class_rows(found.scores))
    print_table(("true \\ predicted", *found.class_names), report.confusion_rows(found))
    rows = report.calibration_rows(found)
    if rows:
        print_table(report.CALIBRATION_COLUMNS, rows)
    click.echo(report.calibration_line(found))
    click.echo(f"See {folder / 'evaluation.md'} and the figures beside it")

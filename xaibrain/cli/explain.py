"""`xaibrain explain`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xaibrain.cli.options import overwrite_option, settings_option, together, unsafe_option
from xaibrain.cli.request import Request

if TYPE_CHECKING:
    from xaibrain.core.executor import Executor
    from xaibrain.inputs import Item
    from xaibrain.results import RunFolder
    from xaibrain.running import Recipe

_DRAWING = 4
"""Threads that draw and write, at most: what they do outside of Python keeps no more busy."""
_WAITING = 8
"""Pictures that may wait to be written: of large ones, a batch would take more memory than all the rest."""

_asked = together(
    click.argument("inputs", nargs=-1, metavar="[INPUT]..."),
    click.option("-d", "--dataset", help="A dataset, or its folder, instead of files."),
    click.option("-m", "--model", help="A model's name, or a .keras or .h5 file."),
    click.option("-e", "--explainer", "explainers", multiple=True,
                 help="A method, or best; may be given again."),
    click.option("-t", "--target", default="predicted", help="predicted, label, a class, A:B, or all."),
    click.option("-l", "--layer", default="auto", help="auto, or the path of a layer."),
    settings_option("Of the method; model., dataset., reader., writer.KEY set theirs."),
    click.option("-n", "--limit", type=click.IntRange(min=1), help="At most so many, spread over the input."),
    click.option("--check", is_flag=True, help="Add a verdict to each map: does it follow class and model?"),
)  # fmt: skip
_computed = together(
    click.option("--engine", default="auto", help="auto for the fastest, or what xaibrain engines lists."),
    click.option("--precision", default="float32",
                 help="float32; bfloat16 is faster, and its error is told."),
    click.option("--batch-size", type=click.IntRange(min=1), default=32, help="Pictures a forward pass."),
    unsafe_option,
    click.option("--executor", default="local",
                 help="Where: local, processes, or what xaibrain executors lists."),
    click.option("--workers", type=click.IntRange(min=1), help="How many, for executors that have workers."),
    click.option("--address", metavar="HOST:PORT", help="Of a cluster that runs already."),
    click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS",
                 help="Give a picture up that takes longer, for executors that have workers."),
)  # fmt: skip
_written = together(
    click.option("-o", "--output", default="xaibrain-out", metavar="DIR", help="Where to write."),
    click.option("-w", "--write", default="jpeg", metavar="NAME,...", show_default=True,
                 help="What xaibrain writers lists; raw maps are always kept."),
    click.option("--no-overlays", is_flag=True, help="Draw nothing, whatever else is written."),
    click.option("--deidentify", is_flag=True,
                 help="No name, path, date or UID of the input in anything written."),
    click.option("--store", type=click.Choice(["files", "columnar"]), default="files",
                 help="A line and a file a map; or Parquet and Zarr, for very many."),
    overwrite_option("Replace the run that DIR holds, finished or not."),
    click.option("--json", "as_json", is_flag=True, help="A machine-readable summary on stdout."),
)  # fmt: skip


@click.command()
@_asked
@_computed
@_written
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
    """Explain what a model sees in pictures.

    INPUT are files and folders: pictures, DICOM, NIfTI, and whatever else there are readers for. Without
    any, and without -d, the pictures and the model that xaibrain brings along are explained. DIR receives
    explanations.jsonl (a record for each picture, method and target), heatmaps/*.npy (raw), scans/*,
    overlays/*.jpg, sheet.png, and for volumes volumes.jsonl (slices ranked by evidence). A run that was
    interrupted is taken up by the same command.

    Exit codes: 0 all done, 1 some inputs failed and the others were done, 2 not done: bad usage.
    """
    from xaibrain.cli.tuning import tune_process

    tune_process()
    ctx.exit(_run(Request(**options)))


def _run(request: Request) -> int:
    """Do it; everything that can be wrong with the request is found before the model is loaded."""
    from xaibrain.cli.outcome import print_outcome
    from xaibrain.cli.quiet import quiet_framework
    from xaibrain.cli.tally import Tally
    from xaibrain.cli.tuning import settled
    from xaibrain.results import RunFolder, each_record, read_volumes
    from xaibrain.running import Recipe

    writers = request.make_writers()
    items, default_model = request.items()
    explainers = request.make_explainers()
    executor = request.make_executor()
    name = request.model or default_model
    with quiet_framework():
        model, how = request.load(name)
        explainers |= request.best(model)
        recipe = Recipe(name, how, explainers, request.target, request.check, model)
        configuration = request.configuration(recipe.pipeline, writers)
    output = Path(request.output)
    with RunFolder(output, configuration, writers, request.overwrite, request.store) as folder:
        with settled():
            _explain(executor, recipe, items, request.batch_size, folder)
        folder.publish()
    told, volumes = Tally(each_record(output)), read_volumes(output)
    print_outcome(request, told, volumes)
    refused = told.refused or any(one["refused"] for one in volumes)
    return 1 if told.counts["error"] or refused else 0


def _explain(
    executor: Executor, recipe: Recipe, items: Sequence[Item], batch_size: int, folder: RunFolder
) -> None:
    """Explain all pictures into a folder, and show how far it is."""
    from xaibrain.cli.outcome import said
    from xaibrain.cli.progress import shown_progress
    from xaibrain.overlapping import overlapped_in_turn
    from xaibrain.running import run

    # The model, which is asked meanwhile, needs the cores more.
    threads = max(1, min(_DRAWING, (os.cpu_count() or 1) // 2))
    try:
        with (
            shown_progress("explaining", len(items)) as progress,
            # An interruption ends them in turn, so that what is told is what is there.
            closing(run(executor, recipe, items, batch_size, folder.done)) as explained,
            closing(
                overlapped_in_turn(explained, folder.write, folder.record, _WAITING, threads)
            ) as recorded,
        ):
            for records in recorded:
                progress.advance()
                for record in records:
                    for line in said(record):
                        progress.say(line)
    except KeyboardInterrupt:
        done = f"Stopped: {folder.pictures} of {len(items)} pictures are done"
        click.echo(f"{done}. The same command goes on where this one left off.", err=True)
        raise

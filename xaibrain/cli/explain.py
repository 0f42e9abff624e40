"""`xaibrain explain`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from xaibrain.cli.settings import split_settings
from xaibrain.defaults import BEST, DEFAULT_DATASET, DEFAULT_EXPLAINER, DEFAULT_MODEL


@click.command()
@click.argument("inputs", nargs=-1, metavar="[INPUT]...")
@click.option("-d", "--dataset", help="A dataset, or its folder, instead of files.")
@click.option("-m", "--model", help="A model's name, or a .keras or .h5 file.")
@click.option("-e", "--explainer", "explainers", multiple=True, help="A method, or best; may be given again.")
@click.option("-t", "--target", default="predicted", help="predicted, label, a class, A:B, or all.")
@click.option("-l", "--layer", default="auto", help="auto, or the path of a layer.")
@click.option("-s", "--set", "pairs", multiple=True, metavar="KEY=VALUE",
              help="Of the method; model., dataset., reader., writer.KEY set theirs.")  # fmt: skip
@click.option("-o", "--output", default="xaibrain-out", metavar="DIR", help="Where to write.")
@click.option("-n", "--limit", type=click.IntRange(min=1), help="At most so many, spread over the input.")
@click.option("--engine", default="auto", help="auto for the fastest, or what xaibrain engines lists.")
@click.option("--precision", default="float32", help="float32; bfloat16 is faster, and its error is told.")
@click.option("--batch-size", type=click.IntRange(min=1), default=32, help="Pictures a forward pass.")
@click.option("-w", "--write", default="png", metavar="NAME,...", show_default=True,
              help="What xaibrain writers lists; raw maps are always kept.")  # fmt: skip
@click.option("--no-overlays", is_flag=True, help="Draw nothing, whatever else is written.")
@click.option(
    "--deidentify", is_flag=True, help="No name, path, date or UID of the input in anything written."
)
@click.option("--check", is_flag=True, help="Add a verdict to each map: does it follow class and model?")
@click.option("--store", type=click.Choice(["files", "columnar"]), default="files",
              help="A line and a file a map; or Parquet and Zarr, for very many.")  # fmt: skip
@click.option(
    "--executor", default="local", help="Where: local, processes, or what xaibrain executors lists."
)
@click.option("--workers", type=click.IntRange(min=1), help="How many, for executors that have workers.")
@click.option("--address", metavar="HOST:PORT", help="Of a cluster that runs already.")
@click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS",
              help="Give a picture up that takes longer, for executors that have workers.")  # fmt: skip
@click.option("--unsafe", is_flag=True, help="Run the Python code that the model file carries, if any.")
@click.option("--overwrite", is_flag=True, help="Replace the run that DIR holds.")
@click.option("--json", "as_json", is_flag=True, help="A machine-readable summary on stdout.")
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
    """Explain what a model sees in pictures.

    INPUT are files and folders: pictures, DICOM, NIfTI, and whatever else there are readers for. Without
    any, and without -d, the pictures and the model that xaibrain brings along are explained. DIR receives
    explanations.jsonl (a record for each picture, method and target), heatmaps/*.npy (raw), scans/*.png,
    overlays/*.png, sheet.png, and for volumes volumes.jsonl (slices ranked by evidence). A run that was
    interrupted is taken up by the same command.

    Exit codes: 0 all done, 1 some inputs failed and the others were done, 2 not done: bad usage.
    """
    ctx.exit(_run(Request(**options)))


@dataclass(frozen=True)
class Request:
    """What the user typed."""

    inputs: tuple[str, ...]
    dataset: str | None
    model: str | None
    explainers: tuple[str, ...]
    target: str
    layer: str
    pairs: tuple[str, ...]
    output: str
    limit: int | None
    engine: str
    precision: str
    batch_size: int
    write: str
    no_overlays: bool
    deidentify: bool
    check: bool
    store: Any
    executor: str
    workers: int | None
    address: str | None
    timeout: float | None
    unsafe: bool
    overwrite: bool
    as_json: bool


def _run(request: Request) -> int:
    """Do it; everything that can be wrong with the request is found before the model is loaded."""
    from xaibrain.cli.progress import shown_progress
    from xaibrain.cli.quiet import quiet_framework
    from xaibrain.loading import load_model
    from xaibrain.overlapping import overlapped
    from xaibrain.results import RunFolder, read_volumes
    from xaibrain.running import Recipe, run

    settings = split_settings(request.pairs, ("model", "dataset", "reader", "writer"))
    writers = _writers(request, settings["writer"])
    items, default_model = _items(request, settings)
    if request.deidentify:
        from xaibrain.pseudonyms import pseudonymous

        items = pseudonymous(items)
    explainers = _explainers(request, settings[""])
    executor = _executor(request)
    name = request.model or default_model
    with quiet_framework():
        how: dict[str, Any] = {"engine": request.engine, "precision": request.precision}
        how |= {"unsafe": request.unsafe, **settings["model"]}
        model = load_model(name, **how)
        explainers |= _best(request, model)
        recipe = Recipe(name, how, explainers, request.target, request.check, model)
        configuration = _configuration(request, recipe.pipeline, settings, writers)
    with RunFolder(Path(request.output), configuration, writers, request.overwrite, request.store) as folder:
        try:
            with (
                shown_progress("explaining", len(items)) as progress,
                # An interruption ends them in turn, so that what is told is what is there.
                closing(run(executor, recipe, items, request.batch_size, folder.done)) as explained,
                closing(overlapped(explained, folder.add, request.batch_size)) as written,
            ):
                for records in written:
                    progress.advance()
                    for record in records:
                        for line in _said(record):
                            progress.say(line)
        except KeyboardInterrupt:
            done = f"Stopped: {folder.pictures} of {len(items)} pictures are done"
            click.echo(f"{done}. The same command goes on where this one left off.", err=True)
            raise
        records = folder.publish()
    volumes = read_volumes(Path(request.output))
    _report(request, records, volumes)
    complete = not any(record["error"] for record in records)
    return 0 if complete and not any(one["refused"] for one in [*records, *volumes]) else 1


def _items(request: Request, settings: dict[str, dict[str, str]]) -> tuple[Sequence[Any], str]:
    """List the pictures, and name the model that goes with them."""
    from xaibrain.errors import UsageError
    from xaibrain.inputs import items_of
    from xaibrain.loading import load_dataset

    if request.inputs and request.dataset:
        raise UsageError("Give files or a dataset (-d), not both.")
    if settings["dataset"] and request.inputs:
        raise UsageError("dataset.KEY=VALUE goes with -d DATASET; leave it out for files.")
    if settings["reader"] and not request.inputs:
        raise UsageError("reader.KEY=VALUE goes with files; leave it out for a dataset.")
    if request.inputs:
        return _files(request, settings["reader"]), DEFAULT_MODEL
    dataset = load_dataset(request.dataset or DEFAULT_DATASET, **settings["dataset"])
    return _spread(items_of(dataset), request.limit), dataset.default_model or DEFAULT_MODEL


def _files(request: Request, options: dict[str, str]) -> Sequence[Any]:
    """List the pictures of paths; a path that holds none is an input that fails, not the end."""
    from xaibrain.inputs import items_of_paths

    good, bad = items_of_paths(request.inputs, options)
    return [*_spread(good, request.limit), *bad]


def _spread(items: Sequence[Any], limit: int | None) -> Sequence[Any]:
    from xaibrain.inputs import spread

    return [items[index] for index in spread(len(items), limit)]


def _writers(request: Request, settings: dict[str, str]) -> dict[str, Any]:
    """Make the writers: that of raw maps, which the records point to, and those that were asked for."""
    from xaibrain.cli.methods import made_of

    asked = [name.strip() for name in request.write.split(",") if name.strip()]
    needed = () if request.store == "columnar" else ("npy",)
    names = [name for name in (*needed, *asked) if not (name == "png" and request.no_overlays)]
    names = list(dict.fromkeys(names))
    if request.deidentify:
        settings = {**settings, **_asked_to_hide(names)}
    return made_of("writer", names, settings)


def _asked_to_hide(names: Sequence[str]) -> dict[str, str]:
    """Return the setting for writers that copy from the source, if any of these does."""
    from xaibrain.core.manager import manager
    from xaibrain.core.parameters import parameters_of

    copying = [
        "deidentify" in parameters_of(manager().registry.get("writer", name).target()) for name in names
    ]
    return {"deidentify": "true"} if any(copying) else {}


def _explainers(request: Request, parameters: dict[str, str]) -> dict[str, Any]:
    from xaibrain.cli.methods import made_of
    from xaibrain.pipeline import with_layer

    names = [name for name in request.explainers or (DEFAULT_EXPLAINER,) if name != BEST]
    made = made_of("explainer", list(dict.fromkeys(names)), parameters)
    return {name: with_layer(explainer, request.layer) for name, explainer in made.items()}


def _executor(request: Request) -> Any:
    """Make the executor, with those of its options that were given."""
    from xaibrain.loading import load_executor

    given = {"workers": request.workers, "address": request.address, "timeout": request.timeout}
    return load_executor(
        request.executor, **{key: value for key, value in given.items() if value is not None}
    )


def _best(request: Request, model: Any) -> dict[str, Any]:
    """Return the method that a benchmark chose for the model, if it is asked for."""
    from xaibrain.loading import load_best
    from xaibrain.pipeline import with_layer

    if BEST not in request.explainers:
        return {}
    name, explainer = load_best(model)
    return {name: with_layer(explainer, request.layer)}


def _configuration(
    request: Request, pipeline: Any, settings: dict[str, dict[str, str]], writers: dict[str, Any]
) -> dict[str, Any]:
    """Return what the results depend on, beside the pictures themselves."""
    from xaibrain.core.parameters import values_of
    from xaibrain.models.card import without_pictures

    return {
        "model": pipeline.model.name,
        "fingerprint": pipeline.fingerprint,
        "card": without_pictures(getattr(pipeline.model, "card", {})),
        "head": pipeline.model.head,
        "preprocessing": dict(pipeline.model.preprocessing),
        "explainers": pipeline.parameters(),
        "target": request.target,
        "versions": dict(pipeline.versions),
        "engine": getattr(pipeline.model, "engine", ""),
        "reading": settings["reader"],
        "writing": {name: values_of(writer) for name, writer in writers.items()},
        "check": request.check,
        "deidentify": request.deidentify,
    }


def _said(record: dict[str, Any]) -> list[str]:
    """Return what a user should hear of a record at once: an error, or what speaks against a map."""
    if record["error"]:
        return [record["error"]]
    here = f"{record['id']}: "
    refused = [
        f"{here}{name} not written: {why.removeprefix(here)}" for name, why in record["refused"].items()
    ]
    worries = record["notes"].get("check", {}).get("worries", ())
    told = f"{record['id']}: {record['explainer']} for {record['target']}: {'; '.join(worries)}"
    return [*refused, told] if worries else refused


def _report(request: Request, records: list[dict[str, Any]], volumes: list[dict[str, Any]]) -> None:
    from xaibrain.recording import summary_of
    from xaibrain.results import SHEET, VOLUMES
    from xaibrain.stores.columns import TABLE
    from xaibrain.stores.lines import RECORDS

    held = TABLE if request.store == "columnar" else RECORDS
    output = Path(request.output)
    counts = summary_of(records)
    drawn = any(record["overlay"] for record in records)
    if request.as_json:
        summary = {
            "output": str(output),
            "records": held,
            "sheet": SHEET if drawn else None,
            "volumes": VOLUMES if volumes else None,
            "counts": counts,
        }
        click.echo(json.dumps(summary, ensure_ascii=False))
        return
    from xaibrain.cli.tables import results_table

    results_table(records)
    for volume in volumes:
        click.echo(_strongest(volume))
    if len(volumes) > len({(one["volume"], one["explainer"]) for one in volumes}) and _per_slice(request):
        told = "Each class has a map of the slices in which it was predicted"
        click.echo(f"{told}; name one (-t CLASS) for a map of all slices.")
    failed = counts.get("error", 0)
    done = f"{len(records) - failed} maps" + (f", {failed} failed" if failed else "")
    click.echo(f"{done}. See {output / (SHEET if drawn else held)}")


def _per_slice(request: Request) -> bool:
    """Say whether the slices of a volume may be explained for different classes."""
    return bool({"predicted", "label"} & set(request.target.split(":")))


def _strongest(volume: dict[str, Any]) -> str:
    """Say in which slices of a volume most speaks for the class."""
    slices = [str(one["index"]) for one in volume["slices"] if one["evidence"] > 0]
    where = f"most in slice {', '.join(slices[:3])}" if slices else "in no slice"
    told = f"{volume['volume']}: {volume['explainer']} finds evidence for {volume['target']} {where}"
    return "; ".join([told, *(f"{name} not written: {why}" for name, why in volume["refused"].items())])

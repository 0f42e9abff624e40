"""`xaibrain benchmark`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xaibrain.cli.options import overwrite_option, settings_option, together, unsafe_option
from xaibrain.defaults import (
    BEST,
    CHOOSING_METRIC,
    DEFAULT_DATASET,
    DEFAULT_EXPLAINER,
    DEFAULT_METRICS,
    DEFAULT_MODEL,
)

if TYPE_CHECKING:
    from xaibrain.core.dataset import Dataset
    from xaibrain.core.model import Model
    from xaibrain.judging.planted import Planting
    from xaibrain.judging.record import Benchmark


_compared = together(
    click.option("-d", "--dataset", default=DEFAULT_DATASET, show_default=True, help="A dataset."),
    click.option("-m", "--model", help="A model's name, or a .keras or .h5 file."),
    click.option("-e", "--explainer", "explainers", multiple=True,
                 help="A method, best or all; may be given again."),
    click.option("-l", "--layer", "layers", multiple=True,
                 help="auto, or the path of a layer; may be given again, to compare layers."),
    click.option("-t", "--target", default="predicted", help="predicted, label, or a class."),
    click.option("--metric", "metrics", multiple=True, help="A metric, or all; may be given again."),
    settings_option("A parameter of methods; metric., model., dataset. and plant.KEY set theirs."),
    click.option("--plant", is_flag=True, help="Judge by planted lesions that change what the model says."),
    click.option("--healthy", multiple=True, metavar="CLASS",
                 help="With --plant: the lesion-free class, if its name does not say so."),
    click.option("--baselines/--no-baselines", default=True, help="With the trivial methods, or without."),
    click.option("-n", "--limit", type=click.IntRange(min=1),
                 help="At most so many, spread over the dataset."),
    click.option("--batch-size", type=click.IntRange(min=1), default=16, help="Pictures judged together."),
    unsafe_option,
)  # fmt: skip
_written = together(
    click.option("-o", "--output", default="xaibrain-benchmark", metavar="DIR", help="Where to write."),
    overwrite_option("Replace the benchmark that DIR holds, finished or not."),
    click.option("--choose", is_flag=True,
                 help="Store the best method and layer with the model: -e best, -l auto."),
    click.option("--json", "as_json", is_flag=True, help="The whole record on stdout."),
)  # fmt: skip


@click.command()
@_compared
@_written
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
    """Compare explainers by metrics, beside trivial baselines.

    Every method is run at every layer (-l) on every picture, and every metric judges its maps. DIR
    receives benchmark.md (the methods ranked by each metric, with 95 % intervals over pictures and whether
    they beat the baselines), benchmark.png, benchmark.json and scores.csv (every single score). A
    benchmark that was interrupted is taken up by the same command.

    With --plant no masks are needed: lesions are planted in slices that the model calls lesion-free, and
    those that change its mind are explained, since there the place of the evidence is known by cause.

    With --choose the method and layer with the most relevance on the lesion are stored in the model's card,
    if they beat the baselines.

    Exit codes: 0 all done, 1 some pictures or scores failed, 2 not done.
    """
    ctx.exit(_run(Request(**options)))


@dataclass(frozen=True)
class Request:
    """What the user typed."""

    dataset: str
    model: str | None
    explainers: tuple[str, ...]
    layers: tuple[str, ...]
    target: str
    metrics: tuple[str, ...]
    pairs: tuple[str, ...]
    plant: bool
    healthy: tuple[str, ...]
    baselines: bool
    choose: bool
    limit: int | None
    output: str
    batch_size: int
    unsafe: bool
    overwrite: bool
    as_json: bool


def _run(request: Request) -> int:
    """Do it; everything that can be wrong with the request is found before the model is loaded."""
    from xaibrain.cli.methods import made_of
    from xaibrain.cli.quiet import quiet_framework
    from xaibrain.cli.settings import split_settings
    from xaibrain.loading import load_dataset
    from xaibrain.models.card import card_file

    settings = split_settings(request.pairs, ("metric", "model", "dataset", "plant"))
    plant = _planting(request, settings["plant"])
    explainers = _explainers(request, settings[""])
    metrics = made_of("metric", _metrics(request), settings["metric"])
    dataset = load_dataset(request.dataset, **settings["dataset"])
    asked = request.model or dataset.default_model or DEFAULT_MODEL
    with quiet_framework():
        model, explainers = _loaded(request, asked, settings["model"], explainers)
    place = card_file(model, asked, "the choice") if request.choose else None
    found = _benchmark(request, dataset, model, explainers, metrics, plant)
    errors = [error for one in found.judged for error in one.errors]
    for error in errors:
        click.echo(error, err=True)
    _print(request, found)
    if place:
        _choose(found, model, place, request.dataset)
    return 1 if errors else 0


def _explainers(request: Request, settings: dict[str, str]) -> dict[str, Any]:
    """Make the methods, save the one that is chosen for a model."""
    from xaibrain.cli.methods import made_of, names_of

    names = names_of("explainer", request.explainers or (DEFAULT_EXPLAINER,))
    return made_of("explainer", [name for name in names if name != BEST], settings)


def _loaded(
    request: Request, asked: str, settings: dict[str, str], explainers: dict[str, Any]
) -> tuple[Model, dict[str, Any]]:
    """Load the model, and return the methods for it: those that it can answer, and its best."""
    from xaibrain.loading import load_best, load_model

    options: dict[str, Any] = {"unsafe": request.unsafe, **settings}
    model = load_model(asked, **options)
    if "all" in request.explainers:
        return model, _answerable(model, explainers)
    return model, explainers | dict([load_best(model)] if BEST in request.explainers else [])


def _benchmark(
    request: Request,
    dataset: Dataset,
    model: Model,
    explainers: dict[str, Any],
    metrics: dict[str, Any],
    plant: Planting | None,
) -> Benchmark:
    from xaibrain.cli.progress import shown_progress
    from xaibrain.judging.benchmark import benchmark

    try:
        with shown_progress("reading", len(dataset)) as progress:
            return benchmark(
                dataset,
                model=model,
                explainers=explainers,
                layers=request.layers or ("auto",),
                metrics=metrics,
                target=request.target,
                limit=request.limit,
                with_baselines=request.baselines,
                plant=plant,
                batch_size=request.batch_size,
                output=request.output,
                overwrite=request.overwrite,
                said=progress.update,
            )
    except KeyboardInterrupt:
        click.echo("Stopped. The same command goes on where this one left off.", err=True)
        raise


def _print(request: Request, found: Benchmark) -> None:
    if request.as_json:
        from xaibrain.judging.report import record_of

        click.echo(json.dumps(record_of(found), ensure_ascii=False))
    else:
        from xaibrain.cli.rankings import print_rankings

        print_rankings(found, Path(request.output))


def _metrics(request: Request) -> list[str]:
    from xaibrain.cli.methods import names_of
    from xaibrain.errors import UsageError

    names = names_of("metric", request.metrics or DEFAULT_METRICS)
    if request.choose and not request.baselines:
        raise UsageError("--choose takes a method only if it beats the baselines; leave --no-baselines out.")
    return list(dict.fromkeys([*names, CHOOSING_METRIC])) if request.choose else names


def _answerable(model: Model, explainers: dict[str, Any]) -> dict[str, Any]:
    """Return the methods that the model can answer; of all that there are, some need what it lacks."""
    from xaibrain.judging.plan import answerable

    able, refused = answerable(model, explainers)
    for line in refused:
        click.echo(f"Left out: {line}", err=True)
    return able


def _choose(found: Benchmark, model: Model, place: Path, dataset: str) -> None:
    """Store the best method and say which; on stderr, since stdout may be a record."""
    from xaibrain.judging.choice import chosen
    from xaibrain.judging.storing import store_choice

    choice = chosen(found)
    store_choice(choice, found, model, place, dataset)
    equals = f"; not shown to be worse: {', '.join(choice.equals)}" if choice.equals else ""
    click.echo(
        f"Chosen: {choice.name}, {CHOOSING_METRIC} {choice.value:.3f} [{choice.low:.3f}, {choice.high:.3f}]"
        f"{equals}. Stored for {place}: -e best and -l auto find it.",
        err=True,
    )


def _planting(request: Request, settings: dict[str, str]) -> Planting | None:
    from xaibrain.core.parameters import validated
    from xaibrain.errors import UsageError
    from xaibrain.judging.planted import Planting

    if not request.plant:
        if request.healthy or settings:
            raise UsageError("--healthy and plant.KEY=VALUE go with --plant; add it, or leave them out.")
        return None
    given = {"healthy": request.healthy} if request.healthy else {}
    return Planting(**validated("plant", Planting, {**settings, **given}))

"""`xaibrain benchmark`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xaibrain.defaults import BEST, CHOOSING_METRIC, DEFAULT_DATASET, DEFAULT_EXPLAINER, DEFAULT_METRICS

if TYPE_CHECKING:
    from xaibrain.core.model import Model
    from xaibrain.judging.planted import Planting
    from xaibrain.judging.record import Benchmark
    from xaibrain.judging.standings import Ranking, Standing


@click.command()
@click.option("-d", "--dataset", default=DEFAULT_DATASET, show_default=True, help="A dataset.")
@click.option("-m", "--model", help="A model's name, or a .keras or .h5 file.")
@click.option(
    "-e", "--explainer", "explainers", multiple=True, help="A method, best or all; may be given again."
)
@click.option("-l", "--layer", "layers", multiple=True,
              help="auto, or the path of a layer; may be given again, to compare layers.")  # fmt: skip
@click.option("-t", "--target", default="predicted", help="predicted, label, or a class.")
@click.option("--metric", "metrics", multiple=True, help="A metric, or all; may be given again.")
@click.option("-s", "--set", "pairs", multiple=True, metavar="KEY=VALUE",
              help="A parameter of methods; metric., model., dataset. and plant.KEY set theirs.")  # fmt: skip
@click.option("--plant", is_flag=True, help="Judge by planted lesions that change what the model says.")
@click.option("--healthy", multiple=True, metavar="CLASS",
              help="With --plant: the lesion-free class, if its name does not say so.")  # fmt: skip
@click.option("--baselines/--no-baselines", default=True, help="With the trivial methods, or without.")
@click.option("--choose", is_flag=True,
              help="Store the best method and layer with the model: -e best, -l auto.")  # fmt: skip
@click.option("-n", "--limit", type=click.IntRange(min=1), help="At most so many, spread over the dataset.")
@click.option("-o", "--output", default="xaibrain-benchmark", metavar="DIR", help="Where to write.")
@click.option("--batch-size", type=click.IntRange(min=1), default=16, help="Pictures judged together.")
@click.option("--unsafe", is_flag=True, help="Run the Python code that the model file carries, if any.")
@click.option("--overwrite", is_flag=True, help="Replace the benchmark that DIR holds.")
@click.option("--json", "as_json", is_flag=True, help="The whole record on stdout.")
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
    from xaibrain.cli.methods import made_of, names_of
    from xaibrain.cli.progress import shown_progress
    from xaibrain.cli.quiet import quiet_framework
    from xaibrain.cli.settings import split_settings
    from xaibrain.defaults import DEFAULT_MODEL
    from xaibrain.judging.benchmark import benchmark
    from xaibrain.judging.report import record_of
    from xaibrain.loading import load_best, load_dataset, load_model
    from xaibrain.models.card import card_file

    settings = split_settings(request.pairs, ("metric", "model", "dataset", "plant"))
    plant = _planting(request, settings["plant"])
    names = names_of("explainer", request.explainers or (DEFAULT_EXPLAINER,))
    explainers = made_of("explainer", [name for name in names if name != BEST], settings[""])
    metrics = made_of("metric", _metrics(request), settings["metric"])
    dataset = load_dataset(request.dataset, **settings["dataset"])
    asked = request.model or dataset.default_model or DEFAULT_MODEL
    with quiet_framework():
        options: dict[str, Any] = {"unsafe": request.unsafe, **settings["model"]}
        model = load_model(asked, **options)
        if "all" in request.explainers:
            explainers = _answerable(model, explainers)
        if BEST in names:
            explainers |= [load_best(model)]
    place = card_file(model, asked, "the choice") if request.choose else None
    try:
        with shown_progress("reading", len(dataset)) as progress:
            found = benchmark(
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
    errors = [error for one in found.judged for error in one.errors]
    for error in errors:
        click.echo(error, err=True)
    if request.as_json:
        click.echo(json.dumps(record_of(found), ensure_ascii=False))
    else:
        _print(found, Path(request.output))
    if place:
        _choose(found, model, place, request.dataset)
    return 1 if errors else 0


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


def _print(found: Benchmark, folder: Path) -> None:
    """Print every mean and rank; what there is more of, methods or metrics, goes down the page."""
    from xaibrain.cli.tables import print_table
    from xaibrain.judging.report import FIGURE, PAGE
    from xaibrain.judging.tally import planted_line

    if found.planted:
        click.echo(planted_line(found.planted))
    told = [ranking for ranking in found.rankings.values() if ranking.standings[0].rank is not None]
    for ranking in found.rankings.values():
        if ranking not in told:
            reasons = "; ".join(ranking.standings[0].undefined)
            click.echo(f"{ranking.metric}: undefined for every picture ({reasons}).")
    if told:
        print_table(
            *_table(told), "mean (rank); ≤ not shown to beat the best baseline; baselines in brackets"
        )
    click.echo(f"See {folder / PAGE} and {folder / FIGURE}")


def _table(rankings: Sequence[Ranking]) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    methods = {one.name: f"[{one.name}]" if one.baseline else one.name for one in rankings[0].standings}
    metrics = [f"{ranking.metric} {'↑' if ranking.higher_is_better else '↓'}" for ranking in rankings]
    standings = [{one.name: _cell(one) for one in ranking.standings} for ranking in rankings]
    cells = [[of[name] for of in standings] for name in methods]
    names: Sequence[str] = list(methods.values())
    if len(metrics) > len(names):
        names, metrics, cells = metrics, list(names), [list(column) for column in zip(*cells, strict=True)]
    return ["", *metrics], [[name, *line] for name, line in zip(names, cells, strict=True)]


def _cell(standing: Standing) -> str:
    if standing.mean.value is None:
        return "–"
    mark = "≤ " if standing.beats_baselines is False else ""
    return f"{mark}{standing.mean.value:.3f} ({standing.rank})"

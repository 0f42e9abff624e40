"""Methods against each other, and against trivial baselines, on a dataset."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

from xaibrain.core.dataset import Dataset
from xaibrain.core.explainer import Explainer
from xaibrain.core.metric import Metric
from xaibrain.core.model import Model
from xaibrain.defaults import BEST, DEFAULT_METRICS
from xaibrain.errors import InputError, UsageError
from xaibrain.inputs import items_of, spread
from xaibrain.judging.flips import FlipSearch
from xaibrain.judging.folder import PLANTED, ScoreFolder
from xaibrain.judging.plan import Plan, baselines
from xaibrain.judging.planted import Planting
from xaibrain.judging.record import Benchmark
from xaibrain.judging.report import write_report
from xaibrain.judging.run import Judged, Said, judged_pictures
from xaibrain.judging.standings import Ranking, rankings_of
from xaibrain.loading import load_best, load_explainer, load_metric, opened_model


def benchmark(
    dataset: Dataset,
    *,
    model: str | os.PathLike[str] | Model | None = None,
    explainers: Sequence[str] | Mapping[str, Explainer] = ("gradcam",),
    layers: Sequence[str] = ("auto",),
    metrics: Sequence[str] | Mapping[str, Metric] = DEFAULT_METRICS,
    target: str = "predicted",
    limit: int | None = None,
    with_baselines: bool = True,
    plant: Planting | None = None,
    batch_size: int = 16,
    output: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    said: Said = lambda what, done, total: None,
) -> Benchmark:
    """Compare methods by metrics on the pictures of a dataset, with bounded memory.

    Every mean comes with a 95 % percentile bootstrap interval, taken over groups of pictures where the
    dataset tells its `groups`, else over pictures, equal files counting as one. Undefined scores are left
    out of the mean and counted.

    Args:
        dataset: Labelled pictures; with masks, for metrics that need them.
        model: A registered name, a model file, or what `load_model` or `wrap` returned. Left out, the
            dataset's own default, else the brain-MRI checkpoint.
        explainers: Registered names, or name to explainer; the name `best` stands for the method that
            `xaibrain benchmark --choose` chose for this model.
        layers: `auto` or paths; each method that reads a layer is compared at each.
        metrics: Registered names, or name to metric.
        target: `predicted`, `label`, or a class of the model.
        limit: At most so many pictures, spread over the dataset.
        with_baselines: Whether the trivial methods that are installed take part.
        plant: Judge by planted evidence: the pictures are those that `xaibrain.planted_evidence` makes of
            the dataset, which then needs no labels and no masks.
        batch_size: Pictures that are explained and judged together.
        output: A folder for benchmark.json, benchmark.md, benchmark.png and scores.csv. An interrupted
            benchmark is taken up again by the same call.
        overwrite: Whether a finished benchmark in that folder may be replaced, and an interrupted one of
            other settings be dropped.
        said: Is told what is being done and how many of how many pictures are done.

    Raises:
        UsageError: An unknown name, class or layer, or nothing to compare; before any work.
        ModelError: The model cannot answer what a method or metric asks; before any work.
        InputError: No picture could be used, or too few planted lesions change what the model says.
        OutputError: The folder holds something already, or cannot be written.
    """
    if batch_size < 1 or (limit is not None and limit < 1):
        raise UsageError("batch_size and limit must be 1 or more.")
    methods = dict(_made(explainers, load_explainer))
    trivial = {name: load_explainer(name) for name in baselines() if with_baselines and name not in methods}
    judges = dict(_made(metrics, load_metric))
    asked = opened_model(model, dataset.default_model)
    if BEST in explainers and not isinstance(explainers, Mapping):
        methods |= [load_best(asked)]
    methods |= trivial
    plan = Plan(asked, methods, judges, layers, target)
    search = FlipSearch(dataset, asked, plant) if plant else None
    configuration = plan.configuration() | ({"planting": asdict(plant)} if plant else {})
    place = nullcontext() if output is None else ScoreFolder(Path(output), configuration, overwrite)
    with place as folder:
        planted: Mapping[str, Any] | None = None
        if search:
            dataset, planted = search.evidence(folder.part / PLANTED if folder else None, said)
        judged = _judged(plan, dataset, limit, batch_size, folder, said)
        found = Benchmark(configuration, judged, _rankings(plan, judged), planted)
        if folder:
            folder.publish(lambda part: write_report(part, found))
    return found


def _made(given: Any, load: Any) -> Mapping[str, Any]:
    return given if isinstance(given, Mapping) else {name: load(name) for name in given if name != BEST}


def _judged(
    plan: Plan, dataset: Dataset, limit: int | None, batch_size: int, folder: ScoreFolder | None, said: Said
) -> list[Judged]:
    items, groups = items_of(dataset), getattr(dataset, "groups", None)
    chosen = spread(len(items), limit)
    judged: list[Judged] = []
    for batch in judged_pictures(
        plan,
        [items[index] for index in chosen],
        None if groups is None else [str(groups[index]) for index in chosen],
        batch_size,
        folder.before if folder else lambda id, digest: None,
        said,
    ):
        if folder:
            folder.add(batch)
        judged += batch
    return judged


def _rankings(plan: Plan, judged: Sequence[Judged]) -> dict[str, Ranking]:
    scored = [one for one in judged if one.scores]
    if not scored:
        first = judged[0].errors[0] if judged else "the dataset is empty"
        raise InputError(f"No picture could be judged: {first}")
    return rankings_of(plan, scored)

"""The rankings of a benchmark as a table in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from xaibrain.cli.tables import print_table
from xaibrain.judging.record import Benchmark
from xaibrain.judging.report import FIGURE, PAGE
from xaibrain.judging.standings import Ranking, Standing
from xaibrain.judging.tally import planted_line


def print_rankings(found: Benchmark, folder: Path) -> None:
    """Print every mean and rank; what there is more of, methods or metrics, goes down the page."""
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

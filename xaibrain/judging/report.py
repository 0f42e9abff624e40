"""A benchmark as JSON, Markdown, CSV and a figure."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xaibrain.judging.folder import RECORD
from xaibrain.judging.record import Benchmark
from xaibrain.judging.standings import Mean, Ranking, Standing
from xaibrain.judging.tally import planted_section

if TYPE_CHECKING:
    from xaibrain.render.ranking import Panel

PAGE = "benchmark.md"
FIGURE = "benchmark.png"
TABLE = "scores.csv"

_NOTES = (
    "Each mean stands with its 95 % percentile bootstrap interval over groups of pictures. Pictures whose "
    "score is undefined are left out of it and counted. *Better than* is the gain over the best baseline, "
    "over the pictures on which both have a score; **no** says that its interval reaches 0 or below: that "
    "method was not shown to be better than one that does not look at the model."
)


def write_report(folder: Path, found: Benchmark) -> None:
    """Write the four files of a benchmark into a folder."""
    from xaibrain.render.ranking import ranking_figure

    record = json.dumps(record_of(found), ensure_ascii=False, indent=1)
    (folder / RECORD).write_text(record + "\n", "utf-8")
    (folder / PAGE).write_text(markdown_of(found), "utf-8")
    _write_scores(folder / TABLE, found)
    figure = ranking_figure(_title(found), [_panel(ranking) for ranking in _told(found)])
    figure.savefig(folder / FIGURE, format="png")


def record_of(found: Benchmark) -> dict[str, Any]:
    """Return all that a benchmark found, save single scores, as JSON can hold it."""
    scored = [one for one in found.judged if one.scores]
    return {
        **found.configuration,
        **({"planted": dict(found.planted)} if found.planted else {}),
        "pictures": len(scored),
        "groups": len({one.group for one in scored}),
        "labels": dict(sorted(Counter(one.label or "" for one in scored).items())),
        "rankings": {name: asdict(ranking) for name, ranking in found.rankings.items()},
        "errors": [error for one in found.judged for error in one.errors],
    }


def markdown_of(found: Benchmark) -> str:
    """Return a benchmark as a page to read."""
    record = record_of(found)
    labels = ", ".join(f"{count:,} {label or 'without a label'}" for label, count in record["labels"].items())
    lines = [
        f"# {_title(found)}",
        "",
        f"{record['pictures']:,} pictures in {record['groups']:,} groups: {labels}. "
        f"Explained: {record['target']}. {_NOTES}",
    ]
    if found.planted:
        lines += ["", "## Planted evidence", "", *planted_section(found.planted)]
    for ranking in found.rankings.values():
        lines += ["", f"## {ranking.metric}", "", *_section(ranking)]
    if record["errors"]:
        lines += ["", "## Errors", "", *(f"- {error}" for error in record["errors"])]
    return "\n".join(lines) + "\n"


def _section(ranking: Ranking) -> list[str]:
    direction = "Higher" if ranking.higher_is_better else "Lower"
    if ranking.standings[0].rank is None:
        return [f"Undefined for every picture: {_reasons(ranking.standings[0])}."]
    best = ranking.best_baseline or "a baseline"
    labels = sorted({label for standing in ranking.standings for label in standing.classes})
    columns = ["", "method", "layer", "mean", "n", f"better than {best} by", "", "undefined", *labels]
    return [
        f"{direction} is better.",
        "",
        f"| {' | '.join(columns)} |",
        "|" + "---|" * len(columns),
        *(f"| {' | '.join(_cells(standing, labels))} |" for standing in ranking.standings),
    ]


def _cells(standing: Standing, labels: Sequence[str]) -> list[str]:
    if standing.baseline:
        verdict = "baseline"
    else:
        verdict = {None: "", True: "yes", False: "**no**"}[standing.beats_baselines]
    return [
        str(standing.rank or "–"),
        standing.explainer,
        standing.layer or "–",
        mean_told(standing.mean),
        str(standing.mean.pictures),
        mean_told(standing.margin) if standing.margin else "",
        verdict,
        _reasons(standing),
        *(mean_told(standing.classes[label]) for label in labels),
    ]


def mean_told(mean: Mean) -> str:
    """Return a mean with its interval, as text."""
    if mean.value is None:
        return "–"
    return f"{mean.value:.3f} [{mean.low:.3f}, {mean.high:.3f}]"


def _reasons(standing: Standing) -> str:
    return "; ".join(f"{count} × {reason}" for reason, count in standing.undefined.items())


def _title(found: Benchmark) -> str:
    return f"Explainers on {found.configuration['model']}"


def _told(found: Benchmark) -> list[Ranking]:
    """Return the rankings in which anything has a value."""
    return [ranking for ranking in found.rankings.values() if ranking.standings[0].rank is not None]


def _panel(ranking: Ranking) -> Panel:
    from xaibrain.render.ranking import Bar, Panel

    return Panel(
        title=ranking.metric,
        higher_is_better=ranking.higher_is_better,
        bars=[
            Bar(one.name, one.mean.value, one.mean.low, one.mean.high, one.baseline, one.beats_baselines)
            for one in ranking.standings
            if one.mean.value is not None and one.mean.low is not None and one.mean.high is not None
        ],
    )


def _write_scores(path: Path, found: Benchmark) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(
            ["picture", "label", "group", "target", "predicted", "method", "metric", "value", "undefined"]
        )
        for one in found.judged:
            for row, scores in one.scores.items():
                for metric, score in scores.items():
                    about = [one.id, one.label, one.group, one.target, one.predicted, row, metric]
                    table.writerow([*about, score.value, score.reason])

"""The parts of a page beside the scans: facts and tables about the run, its model and its data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from xaibrain.report.hiding import Hiding
from xaibrain.report.run import Run

Part = dict[str, Any]
"""`id`, `title`, `intro` (paragraphs), `facts` (pairs) and `tables` (`caption`, `columns`, `rows`)."""


def part(
    id: str,
    title: str,
    intro: Sequence[str] = (),
    facts: Sequence[tuple[str, str]] = (),
    tables: Sequence[Part] = (),
) -> Part:
    """Return a part of a page; facts without a value are left out."""
    known = [[name, value] for name, value in facts if value]
    return {"id": id, "title": title, "intro": list(intro), "facts": known, "tables": list(tables)}


def table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Part:
    """Return a table; the first column names the rows."""
    return {"caption": caption, "columns": list(columns), "rows": [list(row) for row in rows]}


def provenance(run: Run, methods: Sequence[Mapping[str, Any]]) -> Part:
    """Return how the maps were made, and how they can be made again."""
    made = run.configuration
    rows = [
        [one["name"], one["layer"] or "–", one["reason"] or "–", _listed(one["parameters"]) or "–"]
        for one in methods
    ]
    return part(
        "provenance",
        "Provenance",
        [
            "With the same pictures, model, parameters and versions, the same maps can be made again, up to "
            "the rounding of floating-point arithmetic. Each scan, opened large, tells its file's digest."
        ],
        [
            ("Model", str(made.get("model", ""))),
            ("Fingerprint", str(made.get("fingerprint", ""))),
            ("Score", str(made.get("head", ""))),
            ("Computed by", str(made.get("engine", ""))),
            ("Preprocessing", _listed(made.get("preprocessing", {}))),
            ("Explained", str(made.get("target", ""))),
            (
                "Software",
                ", ".join(f"{name} {version}" for name, version in made.get("versions", {}).items()),
            ),
        ],
        [table("Methods", ("method", "layer", "why that layer", "parameters"), rows)],
    )


def model_card(run: Run, hiding: Hiding) -> Part | None:
    """Return what the model's card says; None where it has none."""
    card = run.configuration.get("card") or {}
    if not card:
        return None
    scored, split, chosen = card.get("held_out", {}), card.get("split", {}), card.get("recommendation")
    heat = card.get("temperature", {})
    facts = [
        ("Accuracy on what was held out", _interval(scored)),
        ("Pictures held out", _counted(scored)),
        ("Split", str(split.get("method", ""))),
        ("Pictures in all", _counted(split)),
        ("Temperature", f"{heat['value']:.3g}, {heat.get('method', '')}" if heat.get("value") else ""),
        ("Recipe", _listed(card.get("recipe", {}))),
        (
            "Trained with",
            ", ".join(f"{name} {version}" for name, version in card.get("versions", {}).items()),
        ),
    ]
    tables = []
    if scored.get("recall"):
        rows = [[label, f"{share:.3f}"] for label, share in scored["recall"].items()]
        tables.append(table("Found of each class", ("class", "recall"), rows))
    if chosen and chosen.get("standings"):
        told = f"How methods stood on {hiding.dataset(chosen['dataset'])}, by {chosen['criterion']}"
        rows = [
            [str(one["rank"] or "–"), name, _number(one["mean"]), _beats(one)]
            for name, one in chosen["standings"].items()
        ]
        tables.append(table(told, ("rank", "method", "mean", "beats the baselines"), rows))
    return part("model", "Model", [], facts, tables)


def audit_part(found: Mapping[str, Any], hiding: Hiding) -> Part:
    """Return what `xaibrain audit` found, in counts; no picture is named."""
    counts = [[name.replace("_", " "), f"{count:,}"] for name, count in found["summary"].items()]
    labels = sorted({label for split in found["balance"].values() for label in split})
    rows = [
        [name or "all", *(f"{split.get(label, 0):,}" for label in labels)]
        for name, split in found["balance"].items()
    ]
    settings = found.get("settings", {})
    return part(
        "audit",
        "Dataset audit",
        ["What xaibrain audit found. Copies of a picture in two splits make any score look too good."],
        [
            ("Dataset", hiding.dataset(str(found["name"]))),
            ("Pictures", f"{found['pictures']:,}"),
            ("Twins from", f"a correlation of {settings['alike']} once aligned" if settings else ""),
        ],
        [
            table("Found", ("", "count"), counts),
            table("Pictures by split and class", ("split", *labels), rows),
        ],
    )


def benchmark_part(found: Mapping[str, Any]) -> Part:
    """Return how methods stood in `xaibrain benchmark`, a table a metric."""
    return part(
        "benchmark",
        "Benchmark",
        [
            f"{found['pictures']:,} pictures in {found['groups']:,} groups, explained: {found['target']}. "
            "Means stand with their 95 % bootstrap interval over groups. A method should be better than "
            "baselines that never look at the model: its gain counts when the interval stays above 0."
        ],
        [("Model", str(found["model"])), ("Fingerprint", str(found["fingerprint"]))],
        [_ranking(ranking) for ranking in found["rankings"].values()],
    )


def _ranking(ranking: Mapping[str, Any]) -> Part:
    direction = "higher" if ranking["higher_is_better"] else "lower"
    rows = [
        [
            str(one["rank"] or "–"),
            one["explainer"],
            one["layer"] or "–",
            _interval(one["mean"]) or "–",
            f"{one['mean']['pictures']:,}",
            "baseline" if one["baseline"] else _interval(one["margin"] or {}) or "–",
            _beats(one),
        ]
        for one in ranking["standings"]
    ]
    columns = ("rank", "method", "layer", "mean", "n", "gain over the best baseline", "better")
    return table(f"{ranking['metric']} ({direction} is better)", columns, rows)


def _beats(standing: Mapping[str, Any]) -> str:
    if standing["baseline"]:
        return "–"
    return {None: "–", True: "yes", False: "no"}[standing["beats_baselines"]]


def _interval(found: Mapping[str, Any]) -> str:
    if found.get("value") is None:
        return ""
    return f"{found['value']:.3f} [{found['low']:.3f}, {found['high']:.3f}]"


def _counted(found: Mapping[str, Any]) -> str:
    return f"{found['pictures']:,} in {found['groups']:,} groups" if "pictures" in found else ""


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(_pairs(values))


_BETWEEN = {"size": " × ", "value_range": " to "}


def _pairs(values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        between = _BETWEEN.get(name, " and ")
        told = between.join(map(_word, value)) if isinstance(value, (list, tuple)) else _word(value)
        yield f"{name.replace('_', ' ')} {told}"


def _word(value: Any) -> str:
    if value is None:
        return "none"
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)

"""What is told of a run while it goes on, and at its end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from xaibrain.cli.request import Request
from xaibrain.cli.tally import Tally


def said(record: dict[str, Any]) -> list[str]:
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


def print_outcome(request: Request, told: Tally, volumes: list[dict[str, Any]]) -> None:
    """Print how a run ended: a table, or one line for a machine.

    Args:
        request: What was asked for.
        told: What there is to say of its records.
        volumes: What became of volumes.
    """
    from xaibrain.results import SHEET, VOLUMES
    from xaibrain.stores.columns import TABLE
    from xaibrain.stores.lines import RECORDS

    summary: dict[str, Any] = {
        "output": str(Path(request.output)),
        "records": TABLE if request.store == "columnar" else RECORDS,
        "sheet": SHEET if told.drawn else None,
        "volumes": VOLUMES if volumes else None,
        "counts": dict(told.counts),
    }
    if request.as_json:
        click.echo(json.dumps(summary, ensure_ascii=False))
    else:
        _print_tables(request, told, volumes)
        failed = told.counts["error"]
        done = f"{len(told) - failed} maps" + (f", {failed} failed" if failed else "")
        click.echo(f"{done}. See {Path(request.output, summary['sheet'] or summary['records'])}")


def _print_tables(request: Request, told: Tally, volumes: list[dict[str, Any]]) -> None:
    from xaibrain.cli.tables import results_table

    results_table(told)
    for volume in volumes:
        click.echo(_strongest(volume))
    if len(volumes) > len({(one["volume"], one["explainer"]) for one in volumes}) and _per_slice(request):
        maps = "Each class has a map of the slices in which it was predicted"
        click.echo(f"{maps}; name one (-t CLASS) for a map of all slices.")


def _per_slice(request: Request) -> bool:
    """Say whether the slices of a volume may be explained for different classes."""
    return bool({"predicted", "label"} & set(request.target.split(":")))


def _strongest(volume: dict[str, Any]) -> str:
    """Say in which slices of a volume most speaks for the class."""
    slices = [str(one["index"]) for one in volume["slices"] if one["evidence"] > 0]
    where = f"most in slice {', '.join(slices[:3])}" if slices else "in no slice"
    told = f"{volume['volume']}: {volume['explainer']} finds evidence for {volume['target']} {where}"
    return "; ".join([told, *(f"{name} not written: {why}" for name, why in volume["refused"].items())])

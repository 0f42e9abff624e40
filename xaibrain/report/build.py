"""From the folder of a run to one HTML file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from xaibrain.report.contents import Entry, Gatherer, Options
from xaibrain.report.page import write_page
from xaibrain.report.parts import audit_part, benchmark_part, model_card, provenance
from xaibrain.report.run import Run


def write_report(
    run: Run,
    path: Path,
    options: Options | None = None,
    title: str = "",
    audit: Mapping[str, Any] | None = None,
    benchmark: Mapping[str, Any] | None = None,
    advance: Callable[[], None] = lambda: None,
) -> int:
    """Write a run as one HTML file that needs nothing else.

    Args:
        run: As `read_run` returns it.
        path: The file to write.
        options: How it is made.
        title: Its title; one with the model's name if empty.
        audit: What `xaibrain audit` wrote as audit.json.
        benchmark: What `xaibrain benchmark` wrote as benchmark.json.
        advance: Called after each picture.

    Returns:
        Its size in bytes.

    Raises:
        InputError: A map is missing or damaged.
        OutputError: The file cannot be written.
    """
    gatherer = Gatherer(run, options or Options())

    def blocks() -> Iterator[Entry]:
        for block in gatherer.pictures():
            yield block
            advance()

    def index() -> Entry:
        told = gatherer.index()
        parts = [
            benchmark_part(benchmark) if benchmark else None,
            model_card(run, gatherer.hiding),
            audit_part(audit, gatherer.hiding) if audit else None,
            provenance(run, told["methods"]),
        ]
        return {**told, "parts": [part for part in parts if part]}

    return write_page(path, title or _title(run), blocks(), index)


def _title(run: Run) -> str:
    return f"What {run.configuration.get('model', 'the model')} looks at"

"""Measures how fast xaibrain is, beside its engines alone and other libraries.

`python tests/benchmarks PICTURES` takes minutes on a machine that does nothing else.

Ratios are what counts: what is compared is timed in turns, on the same machine, in the same minutes. The page
docs/guide/performance.md is made from what is written.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
from pathlib import Path
from typing import Any

import click
import cost
import folders
import limit
import masks
import starting
from contenders import LIBRARIES

FILE = Path(__file__).parents[2] / "docs" / "measured" / "performance.json"
PARTS = ("limit", "cost", "masks", "folders", "starting")


@click.command()
@click.argument("pictures", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--python", "pythons", multiple=True, metavar="LIBRARY=PYTHON",
              help=f"An interpreter that has a library: {', '.join(LIBRARIES)}.")  # fmt: skip
@click.option("--part", "parts", multiple=True, type=click.Choice(PARTS), help="Only these; the others stay.")
@click.option("--rounds", default=7, show_default=True, help="How often each is timed.")
@click.option("--count", default=2000, show_default=True, help="Pictures of a folder run.")
@click.option("--masks", "copies", default=4000, show_default=True, help="Of RISE.")
@click.option("--machine", default="", help="What to call the machine.")
@click.option(
    "--work", "kept", type=click.Path(path_type=Path), help="Keep the model here for the next call."
)
@click.option("--json", "file", default=FILE, type=click.Path(path_type=Path), help="Where to write.")
def main(
    pictures: Path, pythons: tuple[str, ...], parts: tuple[str, ...], rounds: int, count: int, copies: int,
    machine: str, kept: Path | None, file: Path,
) -> None:  # fmt: skip
    """Time EfficientNet-B0 at 224 pixels; PICTURES is a folder of JPEGs."""
    told: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        work = kept or Path(folder)
        os.environ["XAIBRAIN_HOME"] = str(work / "home")
        model, operations = _model(work)
        few = max(2, rounds // 2)
        measure = {
            "limit": lambda: {"operations": operations, "rate": limit.matrix_rate()},
            "cost": lambda: cost.measured(
                list(LIBRARIES), dict(one.split("=", 1) for one in pythons), model, work / "home", rounds
            ),
            "masks": lambda: masks.measured(model, copies, few),
            "folders": lambda: {
                **folders.throughput(model, pictures, count, work, few),
                "memory": folders.memory(model, pictures, (300, 3000), work),
            },
            "starting": lambda: starting.measured(model, next(pictures.rglob("*.jpg")), work, rounds),
        }
        for part in parts or PARTS:
            click.echo(part, err=True)
            told[part] = measure[part]()
            told["machine"] = {"name": machine or platform.processor(), "cores": os.cpu_count()}
            told["machine"]["python"] = platform.python_version()
            file.write_text(json.dumps(told, indent=1) + "\n", "utf-8")


def _model(work: Path) -> tuple[Path, int]:
    """Write an EfficientNet-B0 and convert what will be asked of it; its operations."""
    import xaibrain

    path = work / "b0.keras"
    work.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        xaibrain.load_model("efficientnet-b0").network.save(path)
    for engine in ("openvino", "tensorflow"):
        model: Any = xaibrain.load_model(path, engine=engine)
        model.prepare(frozenset({"logits", "layer-gradient"}), "auto")
        model.prepare(frozenset({"logits"}))
    return path, limit.operations(model.network)


if __name__ == "__main__":
    main()

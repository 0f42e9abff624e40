"""`xaibrain train`."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import click


@click.command()
@click.option("-d", "--dataset", required=True, help="A dataset with labels, or its folder.")
@click.option("-m", "--model", required=True, help="An architecture, such as efficientnet-b0.")
@click.option("-s", "--set", "pairs", multiple=True, metavar="KEY=VALUE",
              help="A choice of the recipe (epochs, …); model.KEY and dataset.KEY set theirs.")  # fmt: skip
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The .keras file.")
def command(dataset: str, model: str, pairs: tuple[str, ...], output: Path) -> None:
    """Train a model on a dataset and write a checkpoint with its card.

    Whole groups of near-duplicates are held out; the accuracy that is printed is that of the written
    file on those, with its 95% interval.
    """
    from xaibrain.cli.progress import shown_progress
    from xaibrain.cli.quiet import quiet_framework
    from xaibrain.cli.settings import split_settings
    from xaibrain.core.parameters import validated
    from xaibrain.errors import UsageError
    from xaibrain.loading import load_dataset, load_model
    from xaibrain.training.recipe import Recipe

    if output.suffix != ".keras":
        raise UsageError(f"{output}: a checkpoint's name ends in .keras.")
    settings = split_settings(pairs, ("model", "dataset"))
    recipe = Recipe(**validated("the recipe", Recipe, settings[""]))
    pictures = load_dataset(dataset, **settings["dataset"])
    with quiet_framework():
        from xaibrain.training.train import seeded, train

        options: dict[str, Any] = {"classes": pictures.class_names, **settings["model"]}
        seeded(recipe.seed)
        network: Any = load_model(model, engine=None, **options)
    typed = shlex.join(["xaibrain", *sys.argv[1:]])
    with shown_progress("reading", len(pictures)) as progress:
        _, accuracy = train(pictures, network, recipe, output, typed, progress.update)
    click.echo(
        f"held-out accuracy {accuracy.value:.3f} (95% {accuracy.low:.3f}–{accuracy.high:.3f}) on "
        f"{accuracy.pictures} pictures in {accuracy.groups} groups; written to {output}"
    )

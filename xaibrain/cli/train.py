"""`xaibrain train`."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from xaibrain.cli.options import settings_option, unsafe_option

if TYPE_CHECKING:
    from xaibrain.core.dataset import Dataset
    from xaibrain.keras.model import KerasModel
    from xaibrain.training.devices import StrategyName
    from xaibrain.training.recipe import Recipe


@dataclass(frozen=True)
class Request:
    """What was asked for, as typed."""

    dataset: str
    model: str
    pairs: tuple[str, ...]
    output: Path | None
    preview: Path | None
    explanations: Path | None
    tensorboard: Path | None
    strategy: StrategyName
    unsafe: bool


_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.option("-d", "--dataset", required=True, help="A dataset with labels, or its folder.")
@click.option(
    "-m", "--model", required=True, help="An architecture, such as efficientnet-b0, or a checkpoint."
)
@settings_option("A choice of the recipe (epochs, …); model.KEY and dataset.KEY set theirs.")
@click.option("-o", "--output", type=_FILE, help="The .keras file.")
@click.option("--preview", type=_FILE, help="Draw a batch as the network sees it to a .png file, and stop.")
@click.option(
    "--explanations", type=_FOLDER, help="Draw Grad-CAM of some held-out pictures after each epoch."
)
@click.option("--tensorboard", type=_FOLDER, help="Write TensorBoard's logs here.")
@click.option("--strategy", type=click.Choice(["none", "auto", "mirrored", "multi-worker"]), default="none",
              help="Spread the work over GPUs of this machine, or over machines (TF_CONFIG).")  # fmt: skip
@unsafe_option
def command(**options: Any) -> None:
    """Train a model on a dataset and write a checkpoint with its card.

    Whole groups of near-duplicates are held out; the accuracy that is printed is that of the written
    file on those, with its 95% interval. A training that was stopped goes on after its last whole epoch
    when the same command is run again.
    """
    from xaibrain.cli.quiet import quiet_framework
    from xaibrain.cli.settings import split_settings
    from xaibrain.core.parameters import validated
    from xaibrain.loading import load_dataset
    from xaibrain.training.recipe import Recipe

    request = Request(**options)
    _check_places(request)
    settings = split_settings(request.pairs, ("model", "dataset"))
    recipe = Recipe(**validated("the recipe", Recipe, settings[""]))
    pictures = load_dataset(request.dataset, **settings["dataset"])
    with quiet_framework():
        from xaibrain.training.devices import make_strategy
        from xaibrain.training.train import seeded

        strategy = make_strategy(request.strategy)
        seeded(recipe.seed)
        model = _model(request.model, pictures, {"unsafe": request.unsafe, **settings["model"]})
    if request.preview:
        _draw_preview(pictures, model, recipe, request.preview)
    else:
        _train(pictures, model, recipe, request, strategy)


def _check_places(request: Request) -> None:
    """Refuse, before any work, what could not be written at the end.

    Raises:
        UsageError: There is no place to write to, or its name has the wrong ending.
        OutputError: Its folder cannot be made.
    """
    from xaibrain.errors import OutputError, UsageError

    for path, suffix, what in (
        (request.output, ".keras", "a checkpoint"),
        (request.preview, ".png", "a preview"),
    ):
        if path is None:
            continue
        if path.suffix != suffix:
            raise UsageError(f"{path}: {what}'s name ends in {suffix}.")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"Cannot write {path}: {error.strerror}. Choose another place.") from error
    if not (request.output or request.preview):
        raise UsageError(
            "Say where the checkpoint goes: -o FILE.keras; or look at a batch: --preview FILE.png."
        )


def _model(name: str, pictures: Dataset, settings: dict[str, Any]) -> KerasModel:
    """Load a model; a new one gets the classes of the dataset."""
    from xaibrain.core.manager import manager
    from xaibrain.core.parameters import parameters_of
    from xaibrain.errors import ModelError
    from xaibrain.keras.model import KerasModel
    from xaibrain.loading import load_model

    is_new = Path(name).suffix == "" and "classes" in parameters_of(
        manager().registry.get("model", name).target()
    )
    classes: dict[str, Any] = {"classes": pictures.class_names} if is_new else {}
    model = load_model(name, engine=None, **{**classes, **settings})
    if not isinstance(model, KerasModel):
        raise ModelError(
            f"{name} is no Keras model, which is what can be trained; choose one: xaibrain models"
        )
    return model


def _draw_preview(pictures: Dataset, model: KerasModel, recipe: Recipe, path: Path) -> None:
    from xaibrain.render.batch import batch_sheet
    from xaibrain.render.png import save_png
    from xaibrain.training.preview import preview

    seen = preview(pictures, model, recipe)
    save_png(batch_sheet(seen.images, seen.captions, seen.masks), path)
    click.echo(f"a batch of {len(seen.images)} as the network sees it: {path}")


def _train(pictures: Dataset, model: KerasModel, recipe: Recipe, request: Request, strategy: Any) -> None:
    from xaibrain.cli.progress import shown_progress
    from xaibrain.cli.watching import Watcher
    from xaibrain.training.fit import Surroundings
    from xaibrain.training.train import train

    output = Path(str(request.output))
    typed = shlex.join(["xaibrain", *sys.argv[1:]])
    watch = Watcher(model, request.explanations) if request.explanations else None
    with shown_progress("reading", len(pictures)) as progress:
        around = Surroundings(strategy, progress.update, request.tensorboard)
        done = train(pictures, model, recipe, output, typed, around, watch, progress.say)
    if done is None:
        click.echo("this worker is done; the first of them writes the checkpoint")
        return
    _, accuracy = done
    click.echo(
        f"held-out accuracy {accuracy.value:.3f} (95% {accuracy.low:.3f}–{accuracy.high:.3f}) on "
        f"{accuracy.pictures} pictures in {accuracy.groups} groups; written to {output}"
    )

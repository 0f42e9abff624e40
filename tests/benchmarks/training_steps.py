"""What training with our batches costs beside plain arrays: `python tests/benchmarks/training_steps.py`.

Both train EfficientNet-B0 with the same optimizer and the same batch size in one process, in turns: ours on
shuffled, augmented pictures, and telling how far it is after each step, the other by `model.fit` on float
arrays in memory. The ratio of their speeds is what counts; 1 means that the input pipeline costs nothing.
Each round starts a pipeline anew, which a training does once: rounds of few steps are hard on ours. Where
other programs run beside it, the ratio of processor time is the steadier one.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import click
import keras
import numpy as np

import xaibrain
from xaibrain.training.batches import batches
from xaibrain.training.epochs import EachStep
from xaibrain.training.optimizer import make_optimizer
from xaibrain.training.prepared import Pictures
from xaibrain.training.recipe import Recipe

CLASSES = 4


def contenders(size: int, steps: int, recipe: Recipe) -> dict[str, Callable[[], Any]]:
    """Return what is timed: so many steps each."""
    rng = np.random.default_rng(0)
    count = steps * recipe.batch_size
    grey = rng.integers(0, 256, (count, size, size, 1), np.uint8).repeat(3, axis=-1)
    labels = rng.integers(0, CLASSES, count)
    pictures = Pictures(grey, labels, np.zeros((count, size, size), np.uint8), np.ones(count, np.bool_))
    ours, plain = _network(size, steps, recipe), _network(size, steps, recipe)
    data = batches(pictures, CLASSES, recipe)
    arrays, one_hot = grey.astype(np.float32), np.eye(CLASSES, dtype=np.float32)[labels]
    return {
        "plain arrays": lambda: plain.fit(arrays, one_hot, batch_size=recipe.batch_size, verbose=0),
        "our batches": lambda: ours.fit(
            data, steps_per_epoch=steps, verbose=0, callbacks=[EachStep(lambda *told: None, 0, steps)]
        ),
    }


def _network(size: int, steps: int, recipe: Recipe) -> Any:
    model: Any = xaibrain.load_model("efficientnet-b0", classes=CLASSES, size=size)
    network = model.network
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing)
    optimizer = make_optimizer(recipe, recipe.epochs, 0, recipe.average, steps)
    network.compile(optimizer, loss, metrics=["accuracy"], jit_compile=False)
    return network


@click.command()
@click.option("--size", default=144, show_default=True, help="Pixels.")
@click.option("--steps", default=5, show_default=True, help="Steps a round.")
@click.option("--rounds", default=3, show_default=True, help="Rounds, after one that is not counted.")
def main(size: int, steps: int, rounds: int) -> None:
    """Time training steps."""
    runs = contenders(size, steps, Recipe())
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    for _ in range(rounds + 1):
        for name, run in runs.items():
            clocks = time.perf_counter(), time.process_time()
            run()
            wall, processor = time.perf_counter() - clocks[0], time.process_time() - clocks[1]
            spent[name].append((wall / steps, processor / steps))
            click.echo(f"{name:14s} {wall / steps * 1e3:7.0f} ms a step", err=True)
    for place, what in enumerate(("time", "processor time")):
        plain, ours = ([both[place] for both in spent[name][1:]] for name in runs)
        ratios = sorted(one / other for one, other in zip(plain, ours, strict=True))
        click.echo(
            f"{what}: {statistics.median(plain) * 1e3:.0f} and {statistics.median(ours) * 1e3:.0f} ms a "
            f"step; speed beside plain arrays {statistics.median(ratios):.2f} "
            f"({ratios[0]:.2f}–{ratios[-1]:.2f})"
        )


if __name__ == "__main__":
    main()

"""What a map costs beside the forward pass, by engine and peer: `python tests/benchmarks/cost_of_a_map.py`.

Everything is timed in one process, one after another in turns, so that a machine whose speed drifts slows
all of it alike. Ratios are what counts; the median of the rounds is printed with its range.
"""

from __future__ import annotations

import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import click
import numpy as np

import xaibrain

ENGINES = ("openvino", "tensorflow", None)
"""None is the Keras model itself."""


def contenders(models: dict[str, Any], batch: int) -> dict[str, Callable[[np.ndarray], Any]]:
    """Return what is timed; each takes a fresh batch that no one has seen."""
    targets = np.zeros(batch, np.int64)
    runs: dict[str, Callable[[np.ndarray], Any]] = {}
    for engine, model in models.items():
        runs[f"{engine} forward"] = model.logits
        for method in ("gradcam", "gradcam++"):
            runs[f"{engine} {method}"] = _explained(model, method, targets)
    runs["tf-keras-vis gradcam"] = _tf_keras_vis(models["keras"].network, targets)
    return runs


def _explained(model: Any, method: str, targets: np.ndarray) -> Callable[[np.ndarray], Any]:
    explainer = xaibrain.load_explainer(method)

    def run(images: np.ndarray) -> Any:
        model.logits(images)
        return explainer.explain(model, images, targets)

    return run


def _tf_keras_vis(network: Any, targets: np.ndarray) -> Callable[[np.ndarray], Any]:
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.utils.model_modifiers import ReplaceToLinear
    from tf_keras_vis.utils.scores import CategoricalScore

    peer = Gradcam(network, model_modifier=ReplaceToLinear(), clone=True)
    return lambda images: peer(
        CategoricalScore(targets.tolist()), images, penultimate_layer="top_activation", expand_cam=False
    )


def measure(models: dict[str, Any], batch: int, rounds: int) -> dict[str, list[float]]:
    """Return the seconds of every round, after one that is not counted."""
    rng = np.random.default_rng(0)
    runs = contenders(models, batch)
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds + 1):
        for name, run in runs.items():
            images = rng.uniform(0, 255, (batch, 224, 224, 3)).astype(np.float32)
            images.flags.writeable = False
            started = time.perf_counter()
            run(images)
            seconds[name].append(time.perf_counter() - started)
    return {name: times[1:] for name, times in seconds.items()}


def ratios(seconds: dict[str, list[float]], name: str) -> list[float]:
    """Return how much longer a run took than the forward pass of its own engine, round by round."""
    own = f"{name.split()[0]} forward"
    forward = seconds[own if own in seconds else "keras forward"]
    return [one / other for one, other in zip(seconds[name], forward, strict=True)]


@click.command()
@click.option("--rounds", default=9, help="How often each is timed.")
@click.option("--batch", "batches", multiple=True, type=int, default=(1, 32), help="Pictures at a time.")
@click.option("--json", "as_json", is_flag=True, help="Print the seconds of every round as JSON.")
def main(rounds: int, batches: tuple[int, ...], as_json: bool) -> None:
    """Time EfficientNet-B0 at 224 pixels."""
    network = xaibrain.load_model("efficientnet-b0").network
    models = {engine or "keras": xaibrain.wrap(network, engine=engine) for engine in ENGINES}
    for model in models.values():
        model.choose_layer("auto")
    results = {batch: measure(models, batch, rounds) for batch in batches}
    if as_json:
        click.echo(json.dumps({"machine": platform.processor(), "python": sys.version, "seconds": results}))
        return
    for batch, seconds in results.items():
        for name, times in seconds.items():
            found = ratios(seconds, name)
            middle, low, high = statistics.median(found), min(found), max(found)
            click.echo(
                f"batch {batch:2d}  {name:22s} {statistics.median(times) * 1e3:8.1f} ms   "
                f"{middle:6.2f} × forward ({low:.2f}–{high:.2f})"
            )


if __name__ == "__main__":
    main()

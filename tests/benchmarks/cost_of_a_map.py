"""What a map costs beside the forward pass of the same network: `python tests/benchmarks/cost_of_a_map.py`.

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

ROUNDS = 9


def contenders(model: Any, batch: int) -> dict[str, Callable[[np.ndarray], Any]]:
    """Return what is timed; each takes a fresh batch that no one has seen."""
    targets = np.zeros(batch, np.int64)

    def explained(name: str) -> Callable[[np.ndarray], Any]:
        explainer = xaibrain.load_explainer(name)

        def run(images: np.ndarray) -> Any:
            model.logits(images)
            return explainer.explain(model, images, targets)

        return run

    return {
        "forward": model.logits,
        "gradcam": explained("gradcam"),
        "gradcam++": explained("gradcam++"),
        "tf-keras-vis gradcam": _tf_keras_vis(model.network, targets),
    }


def _tf_keras_vis(network: Any, targets: np.ndarray) -> Callable[[np.ndarray], Any]:
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.utils.model_modifiers import ReplaceToLinear
    from tf_keras_vis.utils.scores import CategoricalScore

    peer = Gradcam(network, model_modifier=ReplaceToLinear(), clone=True)
    return lambda images: peer(
        CategoricalScore(targets.tolist()), images, penultimate_layer="top_activation", expand_cam=False
    )


def measure(model: Any, batch: int) -> dict[str, list[float]]:
    """Return the seconds of every round, after one that is not counted."""
    rng = np.random.default_rng(0)
    runs = contenders(model, batch)
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS + 1):
        for name, run in runs.items():
            images = rng.uniform(0, 255, (batch, 224, 224, 3)).astype(np.float32)
            images.flags.writeable = False
            started = time.perf_counter()
            run(images)
            seconds[name].append(time.perf_counter() - started)
    return {name: times[1:] for name, times in seconds.items()}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the seconds of every round as JSON.")
def main(as_json: bool) -> None:
    """Time EfficientNet-B0 at 224 pixels, batches of 1 and 32."""
    model = xaibrain.load_model("efficientnet-b0")
    model.choose_layer("auto")
    results = {batch: measure(model, batch) for batch in (1, 32)}
    if as_json:
        click.echo(json.dumps({"machine": platform.processor(), "python": sys.version, "seconds": results}))
        return
    for batch, seconds in results.items():
        for name, times in seconds.items():
            ratios = [one / other for one, other in zip(times, seconds["forward"], strict=True)]
            middle, low, high = statistics.median(ratios), min(ratios), max(ratios)
            click.echo(
                f"batch {batch:2d}  {name:22s} {statistics.median(times) * 1e3:8.1f} ms   "
                f"{middle:6.2f} × forward ({low:.2f}–{high:.2f})"
            )


if __name__ == "__main__":
    main()

"""Puts the choice of a benchmark where the model is opened from: `-e best` and `-l auto` find it there."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from xaibrain.core.model import Model
from xaibrain.defaults import CHOOSING_METRIC
from xaibrain.judging.choice import Choice
from xaibrain.judging.record import Benchmark
from xaibrain.models.card import read_card, store_card


def store_choice(choice: Choice, found: Benchmark, model: Model, path: Path, dataset: str) -> dict[str, Any]:
    """Write what a benchmark chose into a model's card; atomically, and all else is kept.

    A `.keras` file holds its card inside; beside any other file stands one, FILE.xaibrain.json. A model
    without a card gets one, with the classes and the preprocessing that it was judged with.

    Args:
        choice: Of this very benchmark.
        found: The benchmark.
        model: As it was judged.
        path: The model's file.
        dataset: What the pictures are called.

    Returns:
        The card's new entry `recommendation`.

    Raises:
        ModelError: The card that is there is damaged.
        OutputError: The file cannot be written.
    """
    evidence = f"lesions planted in {dataset}" if found.planted else dataset
    entry = {
        **asdict(choice),
        "criterion": CHOOSING_METRIC,
        "dataset": dataset,
        "planted": bool(found.planted),
        "fingerprint": model.fingerprint,
        "reason": (
            f"chosen by benchmark: {choice.explainer} at this layer has {CHOOSING_METRIC} {choice.value:.3f} "
            f"[{choice.low:.3f}, {choice.high:.3f}] on {choice.pictures:,} pictures ({evidence}); "
            f"'{choice.baseline}' has {choice.baseline_value:.3f}"
        ),
        "standings": {
            one.name: {
                "explainer": one.explainer,
                "layer": one.layer,
                "baseline": one.baseline,
                "rank": one.rank,
                "mean": one.mean.value,
                "beats_baselines": one.beats_baselines,
            }
            for one in found.rankings[CHOOSING_METRIC].standings
        },
    }
    card = read_card(path) or {
        "class_names": list(model.class_names),
        "preprocessing": dict(model.preprocessing),
    }
    layer = {"recommended_layer": choice.layer} if choice.layer else {}
    store_card(path, {**card, **layer, "recommendation": entry})
    return entry

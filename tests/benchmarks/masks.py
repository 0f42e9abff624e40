"""RISE, beside the forward passes that it consists of."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import xaibrain

BATCH = 32


def measured(model: Path, masks: int, rounds: int) -> dict[str, Any]:
    """Return seconds a picture, round by round: plain batches, a stream of the same pictures, and RISE."""
    engine = xaibrain.load_model(model, engine="openvino")
    images = np.random.default_rng(0).uniform(0, 255, (BATCH, 224, 224, 3)).astype(np.float32)
    rise = xaibrain.load_explainer("rise", masks=masks)
    passes = masks // BATCH
    runs: dict[str, Callable[[], Any]] = {
        "batches": lambda: [engine.logits(images) for _ in range(passes)],
        "rise": lambda: rise.explain(engine, images[:1], np.zeros(1, np.int64)),
        "stream": lambda: list(engine.stream(_again(passes * BATCH), BATCH)),
    }
    engine.logits(images)
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            started = time.perf_counter()
            run()
            seconds[name].append((time.perf_counter() - started) / masks)
    return {"masks": masks, "seconds": seconds}


def _again(count: int) -> Callable[[np.ndarray], int]:
    """Return what leaves in a buffer what is there, until so many pictures are asked for."""
    left = [count]

    def write(buffer: np.ndarray) -> int:
        some = min(len(buffer), left[0])
        left[0] -= some
        return some

    return write

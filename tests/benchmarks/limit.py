"""The least time that a forward pass can take: its multiplications at the rate of large matrix products."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

_SIDE = 2048


def operations(network: Any) -> int:
    """Return the multiplications and additions of one picture's convolutions and dense layers."""
    total = 0
    for layer in network._flatten_layers(include_self=False):
        kind = type(layer).__name__
        if kind in ("Conv2D", "DepthwiseConv2D", "Dense"):
            places = np.prod(layer.output.shape[1:-1], dtype=int)
            total += 2 * int(places) * int(np.prod(layer.kernel.shape))
    return total


def matrix_rate(rounds: int = 9) -> float:
    """Return operations a second of float32 matrix products, the best of some rounds."""
    left, right = np.random.default_rng(0).normal(size=(2, _SIDE, _SIDE)).astype(np.float32)
    best = float("inf")
    for _ in range(rounds):
        started = time.perf_counter()
        left @ right
        best = min(best, time.perf_counter() - started)
    return 2 * _SIDE**3 / best

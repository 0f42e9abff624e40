"""Asks a model for the gradients of many variants of each picture, a bounded number at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from xaibrain import Model
from xaibrain.types import Images, Targets

_BATCH = 32


def chunks(samples: int, count: int) -> Iterator[int]:
    """Yield how many variants of each of `count` pictures to make at a time, until there are `samples`."""
    step = max(1, _BATCH // count)
    for start in range(0, samples, step):
        yield min(step, samples - start)


def gradients_of(model: Model, variants: Images, targets: Targets) -> Images:
    """Return the input gradients of m variants of n pictures: (n, m, h, w, c) in and out."""
    count, several = variants.shape[:2]
    flat = np.ascontiguousarray(variants.reshape(count * several, *variants.shape[2:]), np.float32)
    return model.input_gradients(flat, np.repeat(targets, several, axis=0)).reshape(variants.shape)


def draws_of(images: Images, seed: int) -> list[np.random.Generator]:
    """Return a random generator for each picture that depends on its content alone.

    So a picture is explained alike whatever stands beside it in a batch, and again the next time.
    """
    return [np.random.default_rng([seed, *_words(image)]) for image in images]


def _words(image: NDArray[np.float32]) -> list[int]:
    digest = hashlib.sha256(np.ascontiguousarray(image, np.float32).tobytes()).digest()
    return [int(word) for word in np.frombuffer(digest, np.uint32)]

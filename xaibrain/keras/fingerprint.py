"""One number for a model's structure and weights."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np


def fingerprint(network: Any) -> str:
    """Return the SHA-256 over a Keras model's configuration and weights.

    Only weights count: not the state of random generators, metrics or an optimizer. Models without a
    configuration (subclassed ones, mostly) are told apart by their class and weights.
    """
    digest = hashlib.sha256()
    try:
        config = json.dumps(network.get_config(), sort_keys=True, default=_named)
    # Writing a configuration is the layers' own code, and is often left out or unfinished.
    except Exception:
        config = type(network).__qualname__
    digest.update(config.encode())
    for variable in network.weights:
        values = np.asarray(variable)
        digest.update(f"{values.dtype.str}{values.shape}".encode())
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


def _named(thing: Any) -> str:
    """Return a name that is the same in every process; the text of an object may hold its address."""
    return str(getattr(thing, "__qualname__", type(thing).__qualname__))

"""What a model is, bit for bit: for comparing before and after."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from xaibrain.core.model import Model


def state_of(model: Model) -> Mapping[str, Any]:
    """Return all that a question must leave as it is."""
    network = getattr(model, "network", None)
    keras = network_state(network) if "keras-network" in model.capabilities and network is not None else {}
    return {"fingerprint": model.fingerprint, **keras}


def network_state(network: Any) -> Mapping[str, Any]:
    """Return weights, configuration, calls, graph nodes and losses of a Keras model and all its layers."""
    layers = network._flatten_layers()
    try:
        config = json.dumps(network.get_config(), sort_keys=True, default=str)
    except NotImplementedError:
        config = ""
    return {
        "config": config,
        "weights": [np.asarray(variable).tobytes() for variable in network.variables],
        "trainable": [layer.trainable for layer in layers],
        "calls": [layer.call for layer in layers],
        "own": [sorted(layer.__dict__) for layer in layers],
        "nodes": [(len(layer._inbound_nodes), len(layer._outbound_nodes)) for layer in layers],
        "losses": [[id(loss) for loss in layer._losses] for layer in layers],
    }


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Return what differs between two states, in words; empty if nothing does."""
    return ", ".join(key for key in before if before[key] != after.get(key))

"""What a model is, bit for bit: for comparing before and after."""

import json

import numpy as np


def state_of(network):
    """Weights, configuration, calls, graph nodes and losses of a Keras model and all its layers."""
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

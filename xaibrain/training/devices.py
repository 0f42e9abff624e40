"""On which devices a training runs, and in which precision."""

from __future__ import annotations

import json
import os
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal

import keras
import tensorflow as tf

from xaibrain.errors import ModelError, UsageError
from xaibrain.training.recipe import Precision

StrategyName = Literal["none", "auto", "mirrored", "multi-worker"]


def make_strategy(name: StrategyName) -> Any:
    """Return a `tf.distribute.Strategy`, or None for one device.

    Args:
        name: `mirrored` uses all GPUs of this machine; `multi-worker` those of all machines that the
            environment variable TF_CONFIG names; `auto` picks what fits: several workers, several GPUs,
            or none.

    Raises:
        UsageError: There is nothing to spread over.
    """
    workers = _workers()
    if name == "auto":
        gpus = len(tf.config.list_logical_devices("GPU"))
        name = "multi-worker" if workers > 1 else "mirrored" if gpus > 1 else "none"
    if name == "none":
        return None
    if name == "multi-worker":
        if workers < 2:
            raise UsageError(
                "--strategy multi-worker needs TF_CONFIG, with two workers or more and the task of this one; "
                "set it, or use --strategy mirrored."
            )
        return tf.distribute.MultiWorkerMirroredStrategy()
    gpus = len(tf.config.list_logical_devices("GPU"))
    kind = "GPU" if gpus else "CPU"
    devices = [device.name for device in tf.config.list_logical_devices(kind)]
    if len(devices) < 2:
        raise UsageError("--strategy mirrored needs two devices or more, and there is one; leave it out.")
    return tf.distribute.MirroredStrategy(devices)


def is_chief() -> bool:
    """Say whether this process is the one that writes: alone, or the first of the workers."""
    task = _config().get("task", {})
    return task.get("type", "chief") in ("chief", "master") or int(task.get("index", 0)) == 0


def _workers() -> int:
    cluster = _config().get("cluster", {})
    return sum(len(cluster.get(kind, ())) for kind in ("chief", "worker"))


def _config() -> dict[str, Any]:
    try:
        config = json.loads(os.environ.get("TF_CONFIG", "{}"))
    except ValueError as error:
        raise UsageError(f"TF_CONFIG is no JSON: {error}; mend it, or unset it.") from error
    return config if isinstance(config, dict) else {}


def scope_of(strategy: Any) -> AbstractContextManager[Any]:
    """Return the scope in which variables and optimizers of a strategy are made."""
    return nullcontext() if strategy is None else strategy.scope()


def training_copy(network: Any, precision: Precision, strategy: Any) -> Any:
    """Return the network itself, or a copy that computes in another precision or lies on several devices.

    Weights are float32 in any case. The last layer computes in float32 too: a softmax has no room for
    rounding.

    Raises:
        ModelError: The network cannot be copied.
    """
    if precision == "float32" and strategy is None:
        return network
    last = network.layers[-1]

    def clone(layer: Any) -> Any:
        policy = {"dtype": "float32" if layer is last else precision} if precision != "float32" else {}
        return type(layer).from_config({**layer.get_config(), **policy})

    before = keras.config.dtype_policy()
    try:
        keras.config.set_dtype_policy(precision)
        with scope_of(strategy):
            copy = keras.models.clone_model(network, clone_function=clone, recursive=True)
            copy.set_weights(network.get_weights())
    # Keras raises ValueError, TypeError or NotImplementedError for networks that are no graph of layers.
    except Exception as error:
        raise ModelError(
            f"{network.name} cannot be copied for training in {precision} or on several devices "
            f"({str(error).splitlines()[0]}); train it with precision=float32 and --strategy none."
        ) from error
    finally:
        keras.config.set_dtype_policy(before)
    return copy

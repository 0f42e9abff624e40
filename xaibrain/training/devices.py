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
        name: `mirrored` uses all GPUs of this machine (without any, its logical processors); `auto` does so
            where there are several GPUs; `multi-worker` uses one device of each worker that the
            environment variable `TF_CONFIG` lists, and waits for all. It is to be made before TensorFlow
            computes anything.

    Raises:
        UsageError: There is nothing to spread over.
    """
    if name == "multi-worker":
        return _over_machines()
    gpus = tf.config.list_logical_devices("GPU")
    if name == "none" or (name == "auto" and len(gpus) < 2):
        return None
    devices = [device.name for device in gpus or tf.config.list_logical_devices("CPU")]
    if len(devices) < 2:
        raise UsageError("--strategy mirrored needs two devices or more, and there is one; leave it out.")
    return tf.distribute.MirroredStrategy(devices)


def _over_machines() -> Any:
    """Return a strategy over the workers of `TF_CONFIG`."""
    try:
        config = json.loads(os.environ.get("TF_CONFIG", "{}"))
        workers = config.get("cluster", {}).get("worker", [])
        place = config.get("task", {}).get("index", -1)
    except (ValueError, AttributeError):
        workers, place = [], -1
    if len(workers) < 2 or place not in range(len(workers)):
        raise UsageError(
            "--strategy multi-worker needs TF_CONFIG, which lists two workers or more, and this one's place: "
            '{"cluster": {"worker": ["HOST:PORT", "HOST:PORT"]}, "task": {"type": "worker", "index": 0}}'
        )
    if len(tf.config.list_physical_devices("GPU")) > 1:
        raise UsageError(
            "--strategy multi-worker takes one GPU a worker: start one worker for each, "
            "and show each its own by CUDA_VISIBLE_DEVICES."
        )
    return tf.distribute.MultiWorkerMirroredStrategy()


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
    except tf.errors.OpError:
        raise
    # Keras raises ValueError, TypeError or NotImplementedError for networks that are no graph of layers.
    except Exception as error:
        raise ModelError(
            f"{network.name} cannot be copied for training in {precision} or on several devices "
            f"({str(error).splitlines()[0]}); train it with precision=float32 and --strategy none."
        ) from error
    finally:
        keras.config.set_dtype_policy(before)
    return copy

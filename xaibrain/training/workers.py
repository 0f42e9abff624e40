"""One network that learns on several machines at once, each from its own part of every batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray

from xaibrain.errors import ModelError, UsageError


def over_machines(strategy: Any) -> bool:
    """Return whether there are other processes that learn too."""
    return isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)


def is_chief(strategy: Any) -> bool:
    """Return whether this process is the one of all that writes: the first, or the only one."""
    return not over_machines(strategy) or strategy.cluster_resolver.task_id == 0


@contextmanager
def left_alone(strategy: Any) -> Iterator[None]:
    """Say what to do where the other workers of a strategy do not answer any more.

    Raises:
        ModelError: They do not.
    """
    try:
        yield
    except tf.errors.OpError as error:
        if not over_machines(strategy):
            raise
        raise ModelError(
            "Another worker has left the training; see what it says, and run the same command on all of them "
            "again: it goes on after the last whole epoch."
        ) from error


class Spread(keras.Model):  # type: ignore[misc]
    """A network whose training steps run on all workers of a strategy.

    The step of Keras 3.15 takes the mean of scalars over their first axis there, and its `fit` builds the
    network from values that lie on devices: both fail. Here each value is averaged over the workers; the
    network is built already.

    Args:
        network: Made in the strategy's scope; layers are shared with it.
        strategy: A `tf.distribute.MultiWorkerMirroredStrategy` with one device a worker. This is to be made
            outside of its scope.
    """

    def __init__(self, network: Any, strategy: Any) -> None:
        super().__init__(network.inputs, network.outputs)
        self._spread_over = strategy

    @property
    def distribute_strategy(self) -> Any:
        """What it is trained on."""
        return self._spread_over

    def make_train_function(self, force: bool = False) -> None:
        """Let each worker take a step on its part of the batch, and average what they log."""
        strategy = self._spread_over

        @tf.function
        def step(iterator: Any) -> Any:
            logs = strategy.run(self.train_step, args=(next(iterator),))
            return {name: strategy.reduce("MEAN", value, axis=None) for name, value in logs.items()}

        self.train_function = step


def chiefs(strategy: Any, values: Sequence[ArrayLike]) -> list[NDArray[Any]]:
    """Return the values that the chief has; all workers are to ask at once, for values of one shape."""
    if not over_machines(strategy):
        return [np.asarray(value) for value in values]
    told = strategy.run(_of_the_first, args=([tf.constant(value) for value in values],))
    return [np.asarray(strategy.experimental_local_results(value)[0]) for value in told]


@tf.function
def _of_the_first(values: Any) -> Any:
    context = tf.distribute.get_replica_context()
    first = context.replica_id_in_sync_group == 0
    # One at a time: a list would be packed together, which takes values of one type.
    return [
        context.all_reduce(tf.distribute.ReduceOp.SUM, tf.where(first, value, tf.zeros_like(value)))
        for value in values
    ]


def check_agreement(strategy: Any, identity: str) -> None:
    """Make sure that all workers do the same training.

    Args:
        strategy: Of all of them.
        identity: A digest, in hexadecimal digits, of all that it depends on.

    Raises:
        UsageError: This worker's is not that of the chief.
    """
    own = np.frombuffer(bytes.fromhex(identity), np.uint8).astype(np.int64)
    if not np.array_equal(chiefs(strategy, [own])[0], own):
        raise UsageError(
            "This worker has other data, weights or settings than the first; give all of them the same files "
            "and the same command."
        )

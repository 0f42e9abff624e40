"""What happens after each step and after each epoch of a training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from xaibrain.training.memory import State
from xaibrain.training.optimizer import averaged
from xaibrain.training.prepared import Pictures, Progress
from xaibrain.training.workers import chiefs

_CURVES = {"accuracy": "accuracy", "loss": "loss", "local_scores_loss": "energy_loss"}
"""What Keras calls a curve, less the name of the output, to what the card calls it."""


class EachStep(keras.callbacks.Callback):  # type: ignore[misc]
    """Tells how far the training is, and how well it goes."""

    def __init__(self, progress: Progress, done: int, total: int) -> None:
        super().__init__()
        self.progress, self.done, self.total = progress, done, total

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        """Tell."""
        self.done += 1
        values = [f"{name} {float(value):.3f}" for name, value in sorted((logs or {}).items())]
        self.progress(", ".join(["training", *values]), self.done, self.total)


class AfterEpoch(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes the curves on, judges the averaged weights, stops when they get no better, keeps the state.

    Args:
        network: What is judged; the model that is trained may be another, with outputs besides.
        state: Is changed.
        validation: What the network is judged on, if anything.
        patience: Epochs without a lower validation loss after which to stop; 0 for never.
        shown: Called while the averaged weights are in place, before the network is judged: brings them
            into it where it is another model than the one that is trained.
        keep: Called when the state is whole.
    """

    def __init__(
        self,
        network: Any,
        state: State,
        validation: Pictures | None,
        patience: int,
        shown: Callable[[], None],
        keep: Callable[[], None],
    ) -> None:
        super().__init__()
        self.network, self.state, self.validation = network, state, validation
        self.patience, self.shown, self.keep = patience, shown, keep

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Do all of it."""
        logs = {} if logs is None else logs
        for name, value in _of_labels(logs, self.network.layers[-1].name).items():
            self._add(_CURVES.get(name, name), value)
        self.state.epoch = epoch + 1
        with averaged(self.model):
            self.shown()
            if self.validation is not None:
                logs["val_loss"], logs["val_accuracy"] = self._judge(self.validation, epoch)
        if self.patience:
            stop = epoch - self.state.best >= self.patience
            # The chief decides: others round differently, and would be waited for if they went on.
            (decided,) = chiefs(self.model.distribute_strategy, [int(stop)])
            self.state.stopped = self.model.stop_training = bool(decided)
        self.keep()

    def _judge(self, validation: Pictures, epoch: int) -> tuple[float, float]:
        loss, accuracy = judged(self.network, validation)
        curve = self.state.curves.get("validation_loss", [])
        if self.patience and loss < min(curve, default=np.inf):
            self.state.best, self.state.best_weights = epoch, self.network.get_weights()
        self._add("validation_loss", loss)
        self._add("validation_accuracy", accuracy)
        return loss, accuracy

    def _add(self, name: str, value: float) -> None:
        self.state.curves.setdefault(name, []).append(float(value))


def _of_labels(logs: Mapping[str, float], output: str) -> dict[str, float]:
    """Return what Keras logs with the name of the network's own output left out.

    Where there are outputs besides, `loss` is the sum over all of them: that of the labels takes its place.
    """
    own = f"{output}_"
    return {name.removeprefix(own): value for name, value in logs.items() if own + name not in logs}


def judged(network: Any, pictures: Pictures, batch_size: int = 64) -> tuple[float, float]:
    """Return the mean cross-entropy, in nats, and the accuracy of a network on pictures."""
    data = tf.data.Dataset.from_tensor_slices(pictures.images).batch(batch_size)
    output = network.predict(data.map(lambda images: tf.cast(images, tf.float32)), verbose=0)
    truth = output[np.arange(len(pictures)), pictures.labels].astype(np.float64)
    loss = -np.log(np.maximum(truth, np.finfo(np.float32).tiny)).mean()
    return float(loss), float((output.argmax(axis=1) == pictures.labels).mean())

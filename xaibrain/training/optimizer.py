"""AdamW with a warm-up and a cosine, and an average of the weights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

from xaibrain.training.recipe import Recipe


def make_optimizer(
    recipe: Recipe, epochs: int, warmup_epochs: int, average: float, steps: int, devices: int = 1
) -> Any:
    """Return AdamW for so many epochs of so many steps (Loshchilov & Hutter 2019, with their 2017 cosine).

    Each device clips its own gradient, which Keras divides by their number before.
    """
    schedule = keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate / 100,
        decay_steps=max(1, steps * (epochs - warmup_epochs)),
        warmup_target=recipe.learning_rate,
        warmup_steps=steps * warmup_epochs,
    )
    optimizer = keras.optimizers.AdamW(
        schedule,
        weight_decay=recipe.weight_decay,
        global_clipnorm=1.0 / devices,
        use_ema=average > 0,
        ema_momentum=average or 0.99,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


@contextmanager
def averaged(network: Any) -> Iterator[None]:
    """Put the moving average in place of a network's weights while the block runs, if there is one."""
    optimizer = getattr(network.optimizer, "inner_optimizer", network.optimizer)
    if not optimizer.use_ema:
        yield
        return
    own = [variable.numpy() for variable in network.trainable_variables]
    optimizer.finalize_variable_values(network.trainable_variables)
    try:
        yield
    finally:
        for variable, value in zip(network.trainable_variables, own, strict=True):
            variable.assign(value)

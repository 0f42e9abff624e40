"""Fits a Keras classifier to preprocessed pictures, phase by phase."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from xaibrain.training.batches import Share, batches
from xaibrain.training.devices import scope_of, training_copy
from xaibrain.training.epochs import AfterEpoch, EachStep
from xaibrain.training.guidance import EnergyLoss, with_local_scores
from xaibrain.training.memory import Memory, State
from xaibrain.training.optimizer import make_optimizer
from xaibrain.training.phases import Phase, only_head_trains, phases_of
from xaibrain.training.prepared import Pictures, Progress
from xaibrain.training.recipe import Recipe
from xaibrain.training.workers import Spread, chiefs, left_alone, over_machines


def _silent(what: str, done: int, total: int) -> None:
    pass


@dataclass(frozen=True)
class Surroundings:
    """Where a training runs and who is told of it; nothing of it changes what is learned.

    Attributes:
        strategy: A `tf.distribute.Strategy`, or None.
        progress: Told after every step.
        tensorboard: Folder for TensorBoard's event files; None for none.
        memory: Keeps the state, so that a training that was stopped goes on; None forgets.
        watch: Called after each epoch, from 1, when the network's weights are those that would be saved.
    """

    strategy: Any = None
    progress: Progress = _silent
    tensorboard: Path | None = None
    memory: Memory | None = None
    watch: Callable[[int], None] | None = None


@dataclass
class Fit:
    """Trains a network in place.

    Attributes:
        network: A Keras classifier with a softmax output and an input of range 0 to 255.
        pictures: What to train on.
        recipe: Every choice.
        validation: What to watch, if anything.
        pretraining: What is known of the weights that the network starts with; `new_head` in it makes the
            head learn first.
        around: Where it runs.
    """

    network: Any
    pictures: Pictures
    recipe: Recipe
    validation: Pictures | None = None
    pretraining: Mapping[str, Any] = field(default_factory=dict)
    around: Surroundings = Surroundings()

    def run(self) -> dict[str, list[float]]:
        """Train, and return the curves: a value an epoch, those of the head first.

        Raises:
            ModelError: There is guidance, and the network has no class activation map; or the network
                cannot be copied for the devices or the precision; or another worker left.
            OutputError: The state cannot be kept.
        """
        with left_alone(self.around.strategy):
            return self._run_phases()

    def _run_phases(self) -> dict[str, list[float]]:
        self._copy = training_copy(self.network, self.recipe.precision, self.around.strategy)
        phases = phases_of(self.recipe, self.pretraining)
        self._epochs = sum(phase.epochs for phase in phases)
        curves: dict[str, list[float]] = {}
        before = 0
        for phase in phases:
            with only_head_trains(self._copy) if phase.name == "head" else nullcontext():
                state = self._run(phase, before)
            for name, values in state.curves.items():
                curves.setdefault(name, []).extend(values)
            before += phase.epochs
        self._publish()
        return curves

    @property
    def _steps(self) -> int:
        return math.ceil(len(self.pictures) / self.recipe.batch_size)

    def _run(self, phase: Phase, before: int) -> State:
        """Train one phase to its end, from where it was left; `before` it so many epochs were planned."""
        recipe = self.recipe
        trained, cells = self._compiled(phase)
        variables = [*trained.variables, *trained.optimizer.variables]
        memory = self.around.memory
        state = memory.load(phase.name, variables) if memory else State()
        self._begin_together(state, variables)

        def keep() -> None:
            if memory:
                memory.save(phase.name, state, variables)

        def shown() -> None:
            self._publish()
            if self.around.watch:
                self.around.watch(before + state.epoch)

        callbacks = [
            EachStep(self.around.progress, (before + state.epoch) * self._steps, self._epochs * self._steps),
            AfterEpoch(self.network, state, self.validation, recipe.patience, shown, keep),
        ]
        if self.around.tensorboard:
            log = self.around.tensorboard / phase.name
            callbacks.append(keras.callbacks.TensorBoard(str(log), write_graph=False))
        trained.fit(
            self._batches(cells, before + state.epoch),
            initial_epoch=phase.epochs if state.stopped else state.epoch,
            epochs=phase.epochs,
            steps_per_epoch=self._steps,
            shuffle=False,
            verbose=0,
            callbacks=callbacks,
        )
        if recipe.patience and state.best_weights is not None:
            self._copy.set_weights(state.best_weights)
        return state

    def _begin_together(self, state: State, variables: Sequence[Any]) -> None:
        """Let all workers begin where the chief does, who alone has a memory."""
        if not over_machines(self.around.strategy):
            return
        place = [np.int64(state.epoch), np.int64(state.stopped)]
        epoch, stopped, *values = chiefs(self.around.strategy, [*place, *map(np.asarray, variables)])
        state.epoch, state.stopped = int(epoch), bool(stopped)
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)

    def _batches(self, cells: tuple[int, int] | None, epoch: int) -> Any:
        """Return what to train on, from an epoch on: whole batches, or those parts that are this worker's."""
        strategy, classes = self.around.strategy, self.network.output_shape[-1]
        if not over_machines(strategy):
            return batches(self.pictures, classes, self.recipe, cells, epoch)

        def own(context: Any) -> Any:
            share = Share(context.input_pipeline_id, context.num_input_pipelines)
            return batches(self.pictures, classes, self.recipe, cells, epoch, share)

        return strategy.distribute_datasets_from_function(own)

    def _compiled(self, phase: Phase) -> tuple[Any, tuple[int, int] | None]:
        """Return what is trained, and the size of the map that is guided."""
        recipe = self.recipe
        smoothed = keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing)
        trained, losses, weights, metrics = self._copy, [smoothed], [1.0], [["accuracy"]]
        if recipe.guidance:
            with scope_of(self.around.strategy):
                trained = with_local_scores(self._copy)
            losses, weights = [smoothed, EnergyLoss(recipe.focus)], [1.0, recipe.guidance]
            metrics = [["accuracy"], []]
        cells = tuple(trained.outputs[1].shape[1:3]) if recipe.guidance else None
        strategy = self.around.strategy
        devices = 1 if strategy is None else strategy.num_replicas_in_sync
        if over_machines(strategy):
            trained = Spread(trained, strategy)
        with scope_of(strategy):
            optimizer = make_optimizer(
                recipe, phase.epochs, phase.warmup_epochs, phase.average, self._steps, devices
            )
            trained.compile(optimizer, losses, loss_weights=weights, metrics=metrics, jit_compile=False)
            trained.optimizer.build(trained.trainable_variables)
        return trained, cells

    def _publish(self) -> None:
        """Bring what was learned into the network that was given."""
        if self._copy is not self.network:
            self.network.set_weights(self._copy.get_weights())

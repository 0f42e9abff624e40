"""What is kept of a training that is under way, so that it can be taken up again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xaibrain.errors import OutputError

_IDENTITY = "identity.json"
_STATE = "state.json"
_VARIABLES = "variables.npz"
_BEST = "best.npz"

Weights = list[NDArray[Any]]


@dataclass
class State:
    """How far one phase of a training is, after a whole epoch.

    Attributes:
        epoch: Epochs that are done.
        stopped: Whether training stopped early after the last of them.
        curves: A value an epoch for each of what was measured.
        best: The epoch, from 0, after which the validation loss was lowest; −1 if none is watched.
        best_weights: The weights then, averaged if there is an average.
    """

    epoch: int = 0
    stopped: bool = False
    curves: dict[str, list[float]] = field(default_factory=dict)
    best: int = -1
    best_weights: Weights | None = None


class Memory:
    """A folder beside the checkpoint that holds the state after the last whole epoch of each phase.

    A state is written under another name and then renamed: a process that is killed leaves the last whole
    one.

    Args:
        folder: The folder; made if it is not there.
        identity: What the training depends on. A folder of another training is not taken up.

    Raises:
        OutputError: The folder holds another training, or cannot be made.
    """

    def __init__(self, folder: Path, identity: str) -> None:
        self.folder = folder
        mark = folder / _IDENTITY
        try:
            if mark.is_file():
                if json.loads(mark.read_text()) != identity:
                    raise OutputError(
                        f"{folder} keeps an unfinished training with other settings or data; run its own "
                        "command to go on with it, or remove the folder to give it up."
                    )
            else:
                folder.mkdir(parents=True, exist_ok=True)
                mark.write_text(json.dumps(identity))
        except (OSError, ValueError) as error:
            raise OutputError(f"Cannot keep the state of the training in {folder}: {error}.") from error

    def load(self, phase: str, variables: Sequence[Any]) -> State:
        """Give variables the values that they had after the last whole epoch; return the state."""
        kept = self._kept(phase)
        if not kept:
            return State()
        state = State(**json.loads((kept[-1] / _STATE).read_text()))
        for variable, value in zip(variables, _read(kept[-1] / _VARIABLES), strict=True):
            variable.assign(value)
        if (kept[-1] / _BEST).is_file():
            state.best_weights = _read(kept[-1] / _BEST)
        return state

    def save(self, phase: str, state: State, variables: Sequence[Any]) -> None:
        """Keep a state, and forget the one before.

        Raises:
            OutputError: It cannot be written.
        """
        part = self.folder / "part"
        try:
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            _write(part / _VARIABLES, [np.asarray(variable) for variable in variables])
            if state.best_weights is not None:
                _write(part / _BEST, state.best_weights)
            plain = {name: value for name, value in asdict(state).items() if name != "best_weights"}
            (part / _STATE).write_text(json.dumps(plain))
            before = self._kept(phase)
            part.rename(self.folder / f"{phase}-{state.epoch:06d}")
            for folder in before:
                shutil.rmtree(folder)
        except OSError as error:
            raise OutputError(
                f"Cannot write {self.folder}: {error.strerror}. Make room and run the same command again: "
                "it goes on where it stopped."
            ) from error

    def forget(self) -> None:
        """Remove the folder: the training is done."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _kept(self, phase: str) -> list[Path]:
        return sorted(self.folder.glob(f"{phase}-*"))


def _write(path: Path, arrays: Weights) -> None:
    np.savez(path, **{f"{index:06d}": array for index, array in enumerate(arrays)})  # type: ignore[arg-type]


def _read(path: Path) -> Weights:
    with np.load(path) as arrays:
        return [arrays[name] for name in sorted(arrays.files)]

"""What a run explains in each picture: a class, or one class against another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xaibrain.errors import UsageError, unknown_name
from xaibrain.types import Logits, Targets

_OF_A_PICTURE = ("predicted", "label")


def sides_of(target: str, names: Sequence[str]) -> tuple[str, ...]:
    """Split a target at the colon that has a known name on either side; class names may hold colons too.

    Returns:
        One name, two for `a:b`, none where the target is neither.
    """
    if target in names:
        return (target,)
    splits = ((target[:at], target[at + 1 :]) for at, letter in enumerate(target) if letter == ":")
    return next((split for split in splits if split[0] in names and split[1] in names), ())


@dataclass(frozen=True)
class Aim:
    """A target as users write it, and what it comes to for a batch of pictures.

    Attributes:
        text: `predicted`, `label`, a class, two of these as `a:b`, or `all`.
        class_names: The model's classes.
        model: The model's name, for messages.

    Raises:
        UsageError: There is no such class, or a class is set against itself.
    """

    text: str
    class_names: tuple[str, ...]
    model: str

    def __post_init__(self) -> None:
        known = (*self.class_names, *_OF_A_PICTURE)
        if self.text != "all" and not self._sides:
            halves = self.text.split(":", 1)
            wrong = next((half for half in halves if half not in known), self.text)
            then = (
                f"Classes of '{self.model}': {', '.join(self.class_names)}; or predicted, label, all, or A:B."
            )
            raise unknown_name("target", wrong, self.class_names, then)
        if len(self._sides) == 2 and len(set(self._sides)) == 1:
            raise UsageError(f"Target '{self.text}' sets a class against itself; name two classes.")

    @property
    def _sides(self) -> tuple[str, ...]:
        return sides_of(self.text, (*self.class_names, *_OF_A_PICTURE))

    @property
    def needs_label(self) -> bool:
        """Whether it means nothing for a picture whose label is no class of the model."""
        return "label" in self._sides and "label" not in self.class_names

    def targets(self, logits: Logits, labels: Sequence[str | None]) -> list[Targets]:
        """Return what to explain in n pictures, one array for each map that a picture gets.

        Args:
            logits: (n, classes).
            labels: The pictures' true classes, where known.
        """
        if self.text == "all" and "all" not in self.class_names:
            return [np.full(len(logits), index, np.int64) for index in range(len(self.class_names))]
        columns = [self._column(side, logits, labels) for side in self._sides]
        return [columns[0] if len(columns) == 1 else np.stack(columns, axis=1)]

    def _column(self, side: str, logits: Logits, labels: Sequence[str | None]) -> Targets:
        names = self.class_names
        if side in names:
            return np.full(len(logits), names.index(side), np.int64)
        if side == "predicted":
            return np.asarray(logits.argmax(axis=1), np.int64)
        return np.array([names.index(str(label)) for label in labels], np.int64)

    def named(self, target: Targets) -> str:
        """Return one picture's target as text: a class, or `a:b`."""
        return ":".join(self.class_names[index] for index in target.reshape(-1))


def with_two_sides(targets: Targets) -> NDArray[np.bool_]:
    """Tell for each picture whether there is something to explain: (n,), false for `a:a`."""
    return np.asarray(targets[:, 0] != targets[:, 1] if targets.ndim == 2 else targets >= 0)

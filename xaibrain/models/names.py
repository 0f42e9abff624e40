"""The names of a model's classes."""

from __future__ import annotations

from collections.abc import Sequence

from xaibrain.errors import UsageError


def named(names: Sequence[str], classes: int) -> tuple[str, ...]:
    """Return the class names of a model, made up where none are given.

    Raises:
        UsageError: There are more or fewer than classes, or two are the same.
    """
    if not names:
        return tuple(f"class_{index}" for index in range(classes))
    if len(names) != classes:
        raise UsageError(f"The model has {classes} classes; {len(names)} names were given. Give {classes}.")
    if len(set(names)) != classes:
        raise UsageError("Class names must differ from each other; rename the repeated one.")
    return tuple(names)

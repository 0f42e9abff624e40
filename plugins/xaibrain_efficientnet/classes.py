"""What a new classifier tells apart."""

from __future__ import annotations

from xaibrain.errors import UsageError


def class_names_of(classes: tuple[str, ...] | int) -> tuple[str, ...]:
    """Return the names of a classifier's outputs, made up where only their number is given.

    Raises:
        UsageError: Fewer than two.
    """
    names = tuple(f"class_{index}" for index in range(classes)) if isinstance(classes, int) else classes
    if len(names) < 2:
        raise UsageError("A classifier needs two classes or more; give classes=NAME,NAME.")
    return names

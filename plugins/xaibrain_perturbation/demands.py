"""Checks of parameters, with one form of message."""

from __future__ import annotations

from typing import Any

from xaibrain.errors import UsageError


def demand(fits: bool, owner: str, name: str, value: Any, give: str) -> None:
    """Refuse a parameter that does not fit.

    Args:
        fits: Whether it does.
        owner: The method's name.
        name: The parameter's.
        value: What was given.
        give: What would fit, in words.

    Raises:
        UsageError: It does not fit.
    """
    if not fits:
        raise UsageError(f"{owner}: {name}={value} does not work; give {give}.")

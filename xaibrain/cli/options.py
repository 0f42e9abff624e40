"""Options that several commands have, and options that belong together."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any, TypeAlias

import click

Option: TypeAlias = Callable[[Any], Any]
"""A decorator of a command."""


def together(*options: Option) -> Option:
    """Return options as one, in their order."""
    return lambda command: reduce(lambda made, option: option(made), reversed(options), command)


def settings_option(told: str) -> Option:
    """Return `-s KEY=VALUE`, for `split_settings`."""
    return click.option("-s", "--set", "pairs", multiple=True, metavar="KEY=VALUE", help=told)


def overwrite_option(told: str) -> Option:
    """Return `--overwrite`."""
    return click.option("--overwrite", is_flag=True, help=told)


unsafe_option: Option = click.option(
    "--unsafe", is_flag=True, help="Run the Python code that the model file carries, if any."
)

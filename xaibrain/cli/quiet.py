"""Keeps a framework's chatter off the terminal while it is imported."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import click

from xaibrain.cli.plain import plain

_terminals: list[int] = []
"""Where stderr really goes, while `quiet_framework` holds it back."""


@contextmanager
def quiet_framework() -> Iterator[None]:
    """Hold back what is written to stderr in this block; it is shown if the block raises.

    TensorFlow's libraries log to the file descriptor, past Python and past their own log level.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    terminal = os.dup(2)
    _terminals.append(terminal)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException as error:
            from xaibrain.errors import XaibrainError

            os.dup2(terminal, 2)
            if not isinstance(error, XaibrainError):
                held.seek(0)
                os.write(2, held.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            os.close(_terminals.pop())


def tell(line: str) -> None:
    """Print a line on stderr, from within `quiet_framework` too; nothing in it can steer the terminal."""
    line = plain(line)
    if _terminals and sys.stderr is sys.__stderr__:
        os.write(_terminals[-1], f"{line}\n".encode())
    else:
        click.echo(line, err=True)

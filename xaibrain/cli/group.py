"""What click needs to know of the commands, and how the program ends."""

from __future__ import annotations

import importlib
import logging
import multiprocessing
import os
import sys
import threading
from collections.abc import Sequence

import click

from xaibrain import __version__
from xaibrain.cli import COMMANDS, front_page
from xaibrain.cli.quiet import tell
from xaibrain.errors import XaibrainError

_INTERRUPTED = 130


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, without importing anything."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import one command."""
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"xaibrain.cli.{name}").command
        return command

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the page that is also printed without click."""
        formatter.write(front_page())

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the nearest command for one that there is not."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from xaibrain.errors import unknown_name

            raise click.UsageError(
                str(unknown_name("command", args[0], COMMANDS, "Run: xaibrain --help")), ctx
            )
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="xaibrain")
def cli() -> None:
    """Explain image classifiers; `front_page` is what `--help` prints."""


class _Told(logging.Handler):
    """What the library logs, as plain lines on stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        tell(record.getMessage())


def _tell_what_is_logged() -> None:
    logger = logging.getLogger("xaibrain")
    if not any(isinstance(handler, _Told) for handler in logger.handlers):
        logger.addHandler(_Told())
    logger.setLevel(logging.INFO)


def run() -> None:
    """Run a command and leave with its exit code."""
    _tell_what_is_logged()
    before = threading.enumerate()
    try:
        # Without click's own mode, what a command leaves with (ctx.exit) comes back as a value.
        sys.exit(cli.main(prog_name="xaibrain", standalone_mode=False))
    except click.Abort:
        click.echo("Interrupted.", err=True)
        _leave_what_hangs(before)
        sys.exit(_INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except XaibrainError as error:
        tell(f"Error: {error}")
        sys.exit(2)


def _leave_what_hangs(before: Sequence[threading.Thread]) -> None:
    """End at once where a thread that was not there before is still at work, in a file that hangs, say.

    Python would tear it down in the midst of native code, which can crash. All that was to be written is, and
    closed. Where there are processes of ours, Python's own way out is taken, which ends them.
    """
    left = [thread for thread in threading.enumerate() if thread.daemon and thread not in before]
    if left and not multiprocessing.active_children():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_INTERRUPTED)

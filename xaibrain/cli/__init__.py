"""The command line; every command is a file of its own, imported when it is called."""

from __future__ import annotations

import importlib
import logging
import sys

import click

from xaibrain import __version__
from xaibrain.errors import XaibrainError

COMMANDS = {
    "explain": "Explain what a model sees in pictures.",
    "plugins": "List the plugins, or show one capability in full.",
    "models": "List the models, or show one.",
    "datasets": "List the datasets; show or download one.",
    "explainers": "List the explainers, or show one.",
    "metrics": "List the metrics, or show one.",
    "benchmark": "Compare explainers by metrics, beside trivial baselines.",
    "engines": "List the engines that run models, or show one.",
    "train": "Train a model and write a checkpoint with its card.",
    "evaluate": "Score a model on pictures with labels, and say what it has seen of them.",
    "predict": "Classify pictures.",
    "audit": "Find twins, leaks, label conflicts and confounds in a dataset.",
}
"""Each command with its short help, so that listing them imports none."""


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

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list from the map above."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

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
    """Explain image classifiers, and say whether the explanation can be believed.

    Without any input, `xaibrain explain` runs on pictures and a model that it brings along.
    For research only: not a medical device.
    """


class _Told(logging.Handler):
    """What the library logs, as plain lines on stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        click.echo(record.getMessage(), err=True)


def _tell_what_is_logged() -> None:
    logger = logging.getLogger("xaibrain")
    if not any(isinstance(handler, _Told) for handler in logger.handlers):
        logger.addHandler(_Told())
    logger.setLevel(logging.INFO)


def main() -> None:
    """Run the command line; deliberate errors are one line on stderr, never a traceback.

    Exit codes: 0 all done, 1 some of it failed, 2 the request could not be carried out, 130 interrupted.
    """
    _tell_what_is_logged()
    try:
        # Without click's own mode, what a command leaves with (ctx.exit) comes back as a value.
        sys.exit(cli.main(prog_name="xaibrain", standalone_mode=False))
    except click.Abort:
        click.echo("Interrupted.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except XaibrainError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)

"""The command line; every command is a file of its own, imported when it is called.

This file is all that `xaibrain --help` imports: even click takes longer to import than Python to start.
"""

from __future__ import annotations

import sys

COMMANDS = {
    "explain": "Explain what a model sees in pictures.",
    "report": "Make one HTML file of a run, to look at and to pass on.",
    "app": "Explain scans on a page in the browser, on this machine.",
    "plugins": "List the plugins, or show one capability in full.",
    "models": "List the models, or show one.",
    "datasets": "List the datasets; show or download one.",
    "explainers": "List the explainers, or show one.",
    "metrics": "List the metrics, or show one.",
    "benchmark": "Compare explainers by metrics, beside trivial baselines.",
    "engines": "List the engines that run models, or show one.",
    "readers": "List the readers of files, or show one.",
    "writers": "List the writers of maps, or show one.",
    "executors": "List what decides where work is done, or show one.",
    "train": "Train a model and write a checkpoint with its card.",
    "evaluate": "Score a model, and say what it has seen of the pictures.",
    "predict": "Classify pictures.",
    "audit": "Find twins, leaks, label conflicts and confounds in a dataset.",
}
"""Each command with its short help, so that listing them imports none."""


def front_page() -> str:
    """Return what `xaibrain --help` prints."""
    width = max(map(len, COMMANDS))
    commands = "\n".join(f"  {name:{width}}  {told}" for name, told in COMMANDS.items())
    return f"""\
Usage: xaibrain [OPTIONS] COMMAND [ARGS]...

  Explain image classifiers, and say whether the explanation can be believed.

  Without any input, `xaibrain explain` runs on pictures and a model that it
  brings along. For research only: not a medical device.

Options:
  --version   Show the version and exit.
  -h, --help  Show this message and exit.

Commands:
{commands}
"""


def main() -> None:
    """Run the command line; deliberate errors are one line on stderr, never a traceback.

    Exit codes: 0 all done, 1 some of it failed, 2 the request could not be carried out, 130 interrupted.
    """
    if sys.argv[1:] in (["-h"], ["--help"]):
        sys.stdout.write(front_page())
        sys.exit(0)
    from xaibrain.cli.group import run

    run()


def program() -> None:
    """Run the command line in a process that is there for nothing else, and ends as soon as it is done."""
    from xaibrain.cli.leaving import Ending

    ending = Ending()
    try:
        main()
    except SystemExit as left:
        code = left.code or 0
        # Anything else is a text, which Python prints.
        ending.code = code if isinstance(code, int) else None
        raise

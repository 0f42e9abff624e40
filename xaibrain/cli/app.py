"""`xaibrain app`."""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path

import click

HOST = "127.0.0.1"
"""Nobody else can reach the page."""


@click.command()
@click.option("-m", "--model", "models", multiple=True, metavar="FILE",
              help="A .keras or .h5 file to offer; may be given again.")  # fmt: skip
@click.option("-p", "--port", type=click.IntRange(0, 65535), default=7860, show_default=True,
              help="0 for any that is free.")  # fmt: skip
@click.option("--largest", type=click.IntRange(min=1), default=200, show_default=True, metavar="MB",
              help="Largest file that is taken.")  # fmt: skip
@click.option("--open/--no-open", "inbrowser", default=True, help="Whether to open a browser.")
def command(models: tuple[str, ...], port: int, largest: int, inbrowser: bool) -> None:
    """Explain scans on a page in the browser.

    Drop files on it, choose model, methods, class and layer, look at the maps side by side, and download
    page and record. The page is served to this machine alone; nothing leaves it. Stop it with Ctrl+C: then
    what was uploaded and made is deleted. It needs the extra app.

    Exit codes: 0 stopped, 2 not started.
    """
    from xaibrain.cli.quiet import quiet_framework
    from xaibrain.errors import PluginError, UsageError

    for model in models:
        if not Path(model).is_file():
            raise UsageError(f"{model}: no such file; name a .keras or .h5 file.")
    # However it is stopped, what was uploaded is deleted.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="xaibrain-app-") as folder:
        # Read when Gradio is imported: where uploads go, that nobody is told anything, and that no proxy is
        # asked for what is on this machine.
        os.environ.update(
            GRADIO_TEMP_DIR=f"{folder}/uploads",
            GRADIO_ANALYTICS_ENABLED="False",
            HF_HUB_OFFLINE="1",
            NO_PROXY=",".join(filter(None, (os.environ.get("NO_PROXY"), HOST))),
        )
        runs = Path(folder) / "runs"
        runs.mkdir()
        try:
            # What is offered is imported too, and with it perhaps a framework.
            with quiet_framework():
                from xaibrain.app.page import page, serve

                blocks = page(runs, list(models))
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] != "gradio":
                raise
            raise PluginError("The page needs Gradio. Run: pip install 'xaibrain[app]'") from error
        serve(blocks, runs, HOST, port, largest, inbrowser)

"""The page, made with Gradio: choices on the left, the report of the run on the right."""

from __future__ import annotations

import html
import logging
import socket
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from xaibrain.app.choices import classes_and_layers, methods, suffixes, trained_models
from xaibrain.app.work import Asked, answer
from xaibrain.defaults import DEFAULT_EXPLAINER, DEFAULT_MODEL
from xaibrain.errors import UsageError, XaibrainError

_LOG = logging.getLogger("xaibrain")

_NOTICE = (
    "# xaibrain\n**For research only.** Not a medical device; not to be used to diagnose or treat anyone. "
    "Files stay on this machine, and are deleted when the page is stopped."
)
_EMPTY = "<p class='empty'>Choose one or more files, then press Explain.</p>"
_CLASSES = ["predicted", "all"]
"""What can be explained by any model, whatever its classes."""

_FONTS = ["system-ui", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif"]
_MONO = ["ui-monospace", "Cascadia Mono", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace"]

_CSS = """
.gradio-container { max-width: none !important; }
.empty { min-height: 20rem; display: grid; place-items: center; }
.report { display: block; width: 100%; height: 88vh; border: 1px solid var(--border-color-primary);
  border-radius: 8px; }
footer { display: none !important; }
"""


def page(folder: Path, models: list[str]) -> Any:
    """Return the page.

    Args:
        folder: Where runs are written.
        models: Model files to offer first.
    """
    with gr.Blocks(title="xaibrain", analytics_enabled=False, fill_width=True) as blocks:
        gr.Markdown(_NOTICE)
        with gr.Row():
            with gr.Column(scale=1, min_width=300):
                offered = [*((Path(model).name, model) for model in models), *trained_models()]
                chosen = _choices(offered, models[0] if models else DEFAULT_MODEL)
                button = gr.Button("Explain", variant="primary", elem_id="explain")
            model, target, layer = chosen[1], chosen[3], chosen[4]
            with gr.Column(scale=5, min_width=480):
                results = _results()
        # Once the page stands: a model that is opened for the first time may take seconds.
        for event in (blocks.load, model.change):
            event(_follow, model, [target, layer], api_visibility="private", show_progress="hidden")
        # No name in the page's own interface for programs: whatever calls it is this page.
        made = {"api_visibility": "private", "show_progress_on": results[1]}
        button.click(partial(_explain, folder), chosen, results, **made)
    return blocks


def _choices(models: list[Any], first: str) -> list[Any]:
    """Lay out what is asked for, in the order in which `_explain` takes it."""
    files = gr.File(
        label="Scans: pictures, DICOM, NIfTI", file_count="multiple", file_types=suffixes(), elem_id="files"
    )
    model = gr.Dropdown(models, value=first, label="Model", elem_id="model")
    explainers = gr.Dropdown(
        methods(), value=[DEFAULT_EXPLAINER], multiselect=True, label="Methods", elem_id="methods"
    )
    target = gr.Dropdown(
        _CLASSES, value="predicted", label="Class", allow_custom_value=True, elem_id="class",
        info="or a:b, what speaks for a against b",
    )  # fmt: skip
    layer = gr.Dropdown(["auto"], value="auto", label="Layer", elem_id="layer")
    most = gr.Number(
        50, label="Pictures at most", info="slices, too; spread over what was dropped", precision=0,
        minimum=1, elem_id="most",
    )  # fmt: skip
    settings = gr.Textbox(
        label="Settings", placeholder="reader.axis=coronal", elem_id="settings",
        info="of method, model or reader, as after -s; several with spaces between",
    )  # fmt: skip
    check = gr.Checkbox(label="Check each map (takes three times as long)", elem_id="check")
    names = gr.Checkbox(label="Tell the names of the files in the page", elem_id="names")
    return [files, model, explainers, target, layer, most, settings, check, names]


def _results() -> list[Any]:
    """Lay out what comes of it, in the order in which `_explain` returns it."""
    said = gr.HTML(visible=False, elem_id="said")
    shown = gr.HTML(_EMPTY, elem_id="shown")
    # Hidden until there is something: a screen reader should find no empty place.
    with gr.Row():
        report = gr.DownloadButton("Download the page", visible=False, elem_id="report")
        archive = gr.DownloadButton("Download the run: records, maps, page", visible=False, elem_id="archive")
    typed = gr.Textbox(
        label="The same on the command line", interactive=False, visible=False, elem_id="typed"
    )
    return [said, shown, report, archive, typed]


def _explain(
    folder: Path, files: list[str] | None, model: str, explainers: list[str], target: str, layer: str,
    most: float | None, settings: str, check: bool, names: bool,
) -> tuple[Any, ...]:  # fmt: skip
    limit = int(most) if most else None
    asked = Asked(files or [], model, explainers, target, layer, limit, settings.split(), check, names)
    try:
        done = answer(asked, Path(tempfile.mkdtemp(dir=folder)))
    except XaibrainError as error:
        return _said(str(error)), _EMPTY, *(gr.update(value=None, visible=False) for _ in range(3))
    inside = html.escape(done.report.read_text("utf-8"))
    shown = f'<iframe class="report" title="Report" srcdoc="{inside}"></iframe>'
    made = (str(done.report), str(done.archive), asked.command())
    return _said(done.said), shown, *(gr.update(value=one, visible=True) for one in made)


def _follow(model: str) -> tuple[Any, Any]:
    """Offer the classes and layers of another model."""
    try:
        classes, layers = _offered(model)
    except XaibrainError as error:
        raise gr.Error(str(error)) from error
    return gr.update(choices=classes, value="predicted"), gr.update(choices=layers, value="auto")


def _offered(model: str) -> tuple[list[str], list[str]]:
    classes, layers = classes_and_layers(model)
    return [_CLASSES[0], *classes, *_CLASSES[1:]], ["auto", *layers]


def _said(text: str) -> Any:
    """Show lines as they are, or nothing."""
    lines = "".join(f"<li>{html.escape(line)}</li>" for line in text.splitlines() if line.strip())
    return gr.update(value=f"<ul>{lines}</ul>", visible=bool(lines))


def serve(blocks: Any, folder: Path, host: str, port: int, largest: int, inbrowser: bool) -> None:
    """Serve the page, and return when the process is interrupted.

    Args:
        blocks: The page.
        folder: Where runs are written.
        host: Address to listen at.
        port: Port; 0 for any that is free.
        largest: Megabytes that an upload may have.
        inbrowser: Whether to open a browser.

    Raises:
        UsageError: The port is taken.
    """
    try:
        _, address, _ = blocks.launch(
            server_name=host, server_port=port or _free_port(host), share=False, inbrowser=inbrowser,
            quiet=True, max_file_size=f"{largest}mb", allowed_paths=[str(folder)], prevent_thread_lock=True,
            theme=_theme(), css=_CSS, ssr_mode=False, pwa=False, enable_monitoring=False, footer_links=[],
            run_history=False,
            # Else Gradio asks its own page for an answer, and gives up where that takes three seconds.
            _frontend=False,
        )  # fmt: skip
    except OSError as error:
        raise UsageError(f"Port {port} is taken; give another: -p 0 for any that is free.") from error
    _LOG.info("The page is at %s. Stop it with Ctrl+C.", address)
    blocks.block_thread()


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _theme() -> Any:
    """Return how the page looks: fonts of the machine, none from another host; all text can be read."""
    soft, soft_on_dark, strong = "*neutral_600", "*neutral_300", "*primary_700"
    return gr.themes.Base(primary_hue="orange", neutral_hue="zinc", font=_FONTS, font_mono=_MONO).set(
        body_text_color_subdued=soft, body_text_color_subdued_dark=soft_on_dark,
        block_info_text_color=soft, block_info_text_color_dark=soft_on_dark,
        button_primary_background_fill=strong, button_primary_background_fill_dark=strong,
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_hover_dark="*primary_800",
    )  # fmt: skip

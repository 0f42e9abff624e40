"""What an explanation looks like in a notebook."""

from __future__ import annotations

import base64
import html
import io

import PIL.Image

from xaibrain.core.records import Explanation
from xaibrain.render.overlay import MEANING, overlay


def html_of(explanation: Explanation) -> str:
    """Return an explanation as HTML that stands alone: its overlay, and under it what is known of it."""
    file = io.BytesIO()
    PIL.Image.fromarray(overlay(explanation)).save(file, "PNG")
    picture = base64.b64encode(file.getvalue()).decode("ascii")
    told = html.escape(
        f"{explanation.provenance.explainer} for {explanation.target} on {explanation.image.id}"
    )
    rows = "".join(
        f'<tr><th style="text-align:left">{html.escape(name)}</th>'
        f'<td style="text-align:left">{html.escape(value)}</td></tr>'
        for name, value in _facts(explanation)
        if value
    )
    return (
        f'<figure style="margin:0"><img alt="{told}" src="data:image/png;base64,{picture}">'
        f"<figcaption><details><summary>{told}</summary><table>{rows}</table></details></figcaption></figure>"
    )


def _facts(one: Explanation) -> list[tuple[str, str]]:
    rows, columns = one.heatmap.shape
    return [
        ("Predicted", one.predicted),
        ("True class", one.label or ""),
        ("Probabilities", ", ".join(f"{name} {share:.2f}" for name, share in one.probabilities.items())),
        ("Status", MEANING.get(one.status, one.status)),
        ("Map", f"{rows} × {columns} cells, raw {one.heatmap.min():.3g} to {one.heatmap.max():.3g}"),
        ("Layer", f"{one.layer}: {one.layer_reason}" if one.layer else ""),
        ("Model", f"{one.provenance.model}, {one.provenance.fingerprint[:12]}"),
        *((name, str(value)) for name, value in one.notes.items()),
    ]

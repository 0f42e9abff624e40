"""Scans and maps on Matplotlib axes, for notebooks and for figures of one's own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from xaibrain.core.records import Explanation, Image
from xaibrain.render.overlay import MEANING, STRONGEST, as_shown

_PANEL = 3.2
"""Inches."""


def show_scan(image: Image, ax: Axes | None = None) -> Axes:
    """Draw a picture as it is shown everywhere else, without a map.

    Args:
        image: The picture.
        ax: Where to draw; the current axes of pyplot if left out.

    Returns:
        The axes, one unit a pixel.
    """
    ax = ax or _current()
    ax.imshow(as_shown(image), cmap="gray", vmin=0, vmax=255)
    ax.set_axis_off()
    return ax


def show_map(
    explanation: Explanation,
    ax: Axes | None = None,
    *,
    signed: bool = False,
    opacity: float = STRONGEST,
    threshold: float = 0.0,
    end: float | None = None,
) -> Axes:
    """Draw a map over its scan, with a bar of its raw values.

    A map that cannot be read is not drawn; its status stands in the title.

    Args:
        explanation: What to draw.
        ax: Where to draw; the current axes of pyplot if left out.
        signed: Show what speaks against the class too, in two-sided colours.
        opacity: Of the strongest evidence, 0 to 1; weaker evidence is clearer in proportion.
        threshold: Share of the scale below which nothing is drawn, 0 to 1.
        end: Raw value at the end of the scale; the map's own largest (magnitude, if signed) if left out.
            One value for several maps makes them comparable.

    Returns:
        The axes, one unit a pixel.
    """
    ax = show_scan(explanation.image, ax)
    laid = explanation.on_source()
    strength = np.abs(laid) if signed else np.maximum(laid, 0)
    readable = explanation.status == "ok" or (signed and explanation.status == "all-negative")
    end = float(strength.max()) if end is None and readable else end
    title = f"{explanation.provenance.explainer}: {explanation.target}"
    if not readable or not end:
        ax.set_title(f"{title}\n{MEANING.get(explanation.status, explanation.status)}", fontsize="medium")
        return ax
    part = np.clip(strength / end, 0, 1)
    colours, norm = "RdBu_r" if signed else "inferno", Normalize(-end if signed else 0, end)
    clear = opacity * part * (part >= threshold)
    ax.imshow(laid, cmap=colours, norm=norm, alpha=clear)
    ax.set_title(title, fontsize="medium")
    bar = ax.figure.colorbar(ScalarMappable(norm, colours), ax=ax, fraction=0.046, pad=0.03)
    bar.ax.tick_params(labelsize="small")
    return ax


def show_side_by_side(explanations: Sequence[Explanation], *, signed: bool = False) -> list[Axes]:
    """Draw a scan and several maps of it in one row of a new pyplot figure.

    Args:
        explanations: At least one, all of the same picture.
        signed: As for `show_map`.

    Returns:
        The axes, the scan's first.
    """
    import matplotlib.pyplot as plt

    size = ((len(explanations) + 1) * _PANEL, _PANEL)
    _, (first, *others) = plt.subplots(1, len(explanations) + 1, figsize=size, layout="constrained")
    show_scan(explanations[0].image, first).set_title(explanations[0].image.id, fontsize="medium")
    for explanation, ax in zip(explanations, others, strict=True):
        show_map(explanation, ax, signed=signed)
    return [first, *others]


def _current() -> Axes:
    import matplotlib.pyplot as plt

    return plt.gca()

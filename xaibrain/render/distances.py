"""How far apart pictures lie, and where the line between copies and others was drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_ALL, _TWINS, _LINE = "#94a3b8", "#2563eb", "#dc2626"
_BINS = np.linspace(0, 1, 101).tolist()


def distances_figure(
    title: str, distances: Sequence[int], twin_bits: Sequence[int], bits: int, likeness: Sequence[float],
    alike: float,
) -> Figure:  # fmt: skip
    """Draw the hash distances of all pairs, and the likeness of those that were aligned.

    Args:
        title: Of the page.
        distances: (65,) how many pairs lie 0 … 64 bits apart.
        twin_bits: The hash distance of each pair of twins.
        bits: Pairs up to this distance were aligned in any case.
        likeness: Of every pair that was aligned, −1 to 1; 0 where the coarse shape already differed.
        alike: Least likeness of twins.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 4.4), dpi=110, layout="constrained")
    figure.suptitle(title, x=0.01, ha="left")
    left, right = figure.subplots(1, 2)
    _draw_hashes(left, distances, twin_bits, bits)
    _draw_likeness(right, likeness, alike)
    return figure


def _draw_hashes(axes: Axes, distances: Sequence[int], twin_bits: Sequence[int], bits: int) -> None:
    places = np.arange(65)
    axes.bar(places, distances, width=1.7, color=_ALL, label="all pairs of different files")
    twins = np.bincount(twin_bits, minlength=65)
    axes.bar(places, twins, width=0.9, color=_TWINS, label="twins, as found by aligning")
    axes.axvline(bits + 1, color=_LINE, linewidth=1.2, label=f"aligned in any case: ≤ {bits} bits")
    axes.set_yscale("symlog", linthresh=1)
    axes.set(xlim=(-1.5, 50), ylim=(0, 4 * max(1, *distances)), ylabel="pairs")
    axes.set_xlabel("Hamming distance of 64-bit perceptual hashes")
    axes.set_title("Perceptual hash: all pairs, and the twins among them", loc="left", fontsize=10)
    axes.legend(frameon=False, fontsize=8)


def _draw_likeness(axes: Axes, likeness: Sequence[float], alike: float) -> None:
    values = np.array(likeness, np.float64)
    judged = values[values != 0]
    for which, colour, name in (
        (judged < alike, _ALL, "candidates that are no copies"),
        (judged >= alike, _TWINS, "twins"),
    ):
        axes.hist(judged[which], bins=_BINS, color=colour, label=f"{name} ({int(which.sum()):,})")
    axes.axvline(alike, color=_LINE, linewidth=1.2, label=f"threshold {alike:g}")
    axes.set_yscale("symlog", linthresh=1)
    axes.margins(y=0.15)
    axes.set(xlim=(0.4, 1.005), xlabel="correlation of fine structure once aligned",
             ylabel="pairs")  # fmt: skip
    refused = f"; {int((values == 0).sum()):,} more differ in coarse shape" if (values == 0).any() else ""
    axes.set_title(f"{len(judged):,} pairs aligned{refused}", loc="left", fontsize=10)
    axes.legend(frameon=False, fontsize=8, loc="upper left")

"""Whether pictures of a stated confidence are as often right as it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_RIGHT, _GAP, _LINE = "#93c5fd", "#dc2626", "#52525b"


@dataclass(frozen=True)
class Diagram:
    """One reliability diagram; bins without a picture hold NaN.

    Attributes:
        title: What it shows.
        counts: (bins,) pictures of each bin.
        confidence: (bins,) mean confidence.
        accuracy: (bins,) share that is right.
    """

    title: str
    counts: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]


def reliability_figure(title: str, diagrams: Sequence[Diagram]) -> Figure:
    """Draw reliability diagrams side by side, the shares of pictures under each.

    Args:
        title: Of the page.
        diagrams: At least one.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6 * len(diagrams) + 0.4, 5.6), dpi=110, layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", fontsize=11)
    rows = figure.subplots(2, len(diagrams), squeeze=False, sharex=True, sharey="row", height_ratios=(4, 1))
    for (above, below), diagram in zip(rows.T, diagrams, strict=True):
        _draw(above, below, diagram)
    rows[0, 0].set_ylabel("share that is right")
    rows[1, 0].set_ylabel("pictures")
    rows[0, 0].legend(frameon=False, fontsize=8, loc="upper left")
    return figure


def _draw(above: Axes, below: Axes, diagram: Diagram) -> None:
    width = 1 / len(diagram.counts)
    left = np.arange(len(diagram.counts)) * width
    filled = diagram.counts > 0
    accuracy, confidence = diagram.accuracy[filled], diagram.confidence[filled]
    middles = left[filled] + width / 2
    above.bar(middles, accuracy, width * 0.92, color=_RIGHT, label="share that is right")
    above.vlines(middles, accuracy, confidence, color=_GAP, linewidth=2)
    above.hlines(
        confidence, middles - width * 0.4, middles + width * 0.4, color=_GAP, linewidth=2.5,
        label="mean confidence, and its gap",
    )  # fmt: skip
    above.plot([0, 1], [0, 1], color=_LINE, linewidth=1, linestyle="--")
    above.set(xlim=(0, 1), ylim=(0, 1))
    above.set_title(diagram.title, loc="left", fontsize=10)
    below.bar(left[filled] + width / 2, diagram.counts[filled], width * 0.92, color="#94a3b8")
    below.set(xlabel="confidence: the highest probability")
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)

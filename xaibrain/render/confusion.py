"""Which classes are taken for which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def confusion_figure(title: str, confusion: NDArray[np.int64], class_names: Sequence[str]) -> Figure:
    """Draw a confusion matrix: colour and percentage are shares of the true class, beside the counts.

    Args:
        title: Of the page.
        confusion: (classes, classes) counts; rows are the true class.
        class_names: Of both axes.
    """
    from matplotlib.figure import Figure

    count = len(class_names)
    side = 2.4 + 1.05 * count
    figure = Figure(figsize=(side + 0.8, side), dpi=110, layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", fontsize=11)
    axes = figure.subplots()
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row in range(count):
        for column in range(count):
            ink = "white" if shares[row, column] > 0.5 else "#18181b"
            told = f"{confusion[row, column]:,}\n{shares[row, column]:.0%}"
            axes.text(column, row, told, ha="center", va="center", color=ink, fontsize=10)
    totals = [f"{name}\n({total:,})" for name, total in zip(class_names, confusion.sum(axis=1), strict=True)]
    axes.set_xticks(range(count), list(class_names), rotation=20, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(count), totals)
    axes.set(xlabel="predicted", ylabel="true class")
    axes.tick_params(length=0, labelsize=9)
    axes.set_frame_on(False)
    return figure

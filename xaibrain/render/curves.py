"""How loss and accuracy went while a model was trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_OF = {"": ("#94a3b8", "training"), "validation_": ("#2563eb", "validation")}


def curves_figure(title: str, curves: Mapping[str, Sequence[float]]) -> Figure:
    """Draw accuracy and loss by epoch, as far as they were recorded.

    Args:
        title: Of the page.
        curves: `accuracy`, `loss`, `validation_accuracy` and `validation_loss`, as in a checkpoint's card,
            to a value an epoch.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 3.8), dpi=110, layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", fontsize=11)
    for axes, name in zip(figure.subplots(1, 2), ("accuracy", "loss"), strict=True):
        _draw(axes, name, curves)
    return figure


def _draw(axes: Axes, name: str, curves: Mapping[str, Sequence[float]]) -> None:
    for before, (colour, whose) in _OF.items():
        values = curves.get(before + name, ())
        if values:
            # A single epoch is a point, which a line alone would not show.
            marker = "o" if len(values) == 1 else ""
            axes.plot(range(1, len(values) + 1), values, color=colour, marker=marker, label=whose)
    if name == "accuracy":
        axes.set_ylim(0, 1)
    else:
        axes.set_ylim(bottom=0)
    axes.set(xlabel="epoch")
    axes.set_title(name, loc="left", fontsize=10)
    axes.grid(axis="y", color="#e4e4e7", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    if axes.has_data():
        axes.legend(frameon=False, fontsize=8)

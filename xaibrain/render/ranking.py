"""How methods stand by several metrics, with their intervals and the baselines to beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BETTER, _NOT, _BASELINE = "#2563eb", "#dc2626", "#94a3b8"
_COLUMNS = 3


@dataclass(frozen=True)
class Bar:
    """One method: its mean with an interval.

    Attributes:
        name: What to call it.
        value: The mean.
        low: Lower end of the interval.
        high: Upper end.
        baseline: Whether it is one of those to beat.
        better: Whether it was shown to beat them; None where there is nothing to beat.
    """

    name: str
    value: float
    low: float
    high: float
    baseline: bool
    better: bool | None


@dataclass(frozen=True)
class Panel:
    """One metric.

    Attributes:
        title: Its name.
        higher_is_better: Its direction.
        bars: The methods, the best first.
    """

    title: str
    higher_is_better: bool
    bars: Sequence[Bar]


def ranking_figure(title: str, panels: Sequence[Panel]) -> Figure:
    """Draw a panel a metric: a dot a method, with its interval, the best on top."""
    from matplotlib.figure import Figure

    rows = max(1, -(-len(panels) // _COLUMNS))
    columns = min(_COLUMNS, max(1, len(panels)))
    tallest = max((len(panel.bars) for panel in panels), default=1)
    size = (4.6 * columns, 0.9 + rows * (1.0 + 0.24 * tallest))
    figure = Figure(figsize=size, dpi=110, layout="constrained")
    figure.suptitle(title, x=0.01, ha="left")
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, panel in zip(grid, panels, strict=False):
        _draw(axes, panel)
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    _explain_colours(figure, panels)
    return figure


def _draw(axes: Axes, panel: Panel) -> None:
    for place, bar in enumerate(panel.bars):
        colour = _BASELINE if bar.baseline else _NOT if bar.better is False else _BETTER
        axes.plot([bar.low, bar.high], [place, place], color=colour, linewidth=2, solid_capstyle="round")
        axes.plot([bar.value], [place], "o", color=colour, markersize=5)
    best = next((bar for bar in panel.bars if bar.baseline), None)
    if best:
        axes.axvline(best.value, color=_BASELINE, linewidth=0.8, linestyle=":")
    axes.set_yticks(range(len(panel.bars)), [bar.name for bar in panel.bars], fontsize=8)
    axes.set_ylim(len(panel.bars) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=8)
    axes.margins(x=0.08)
    axes.spines[["top", "right", "left"]].set_visible(False)
    arrow = "higher is better →" if panel.higher_is_better else "← lower is better"
    axes.set_title(f"{panel.title}  ({arrow})", loc="left", fontsize=9)


def _explain_colours(figure: Figure, panels: Sequence[Panel]) -> None:
    from matplotlib.lines import Line2D

    bars = [bar for panel in panels for bar in panel.bars]
    legend = {
        "method": (_BETTER, any(not bar.baseline and bar.better is not False for bar in bars)),
        "not shown to beat the best baseline": (_NOT, any(bar.better is False for bar in bars)),
        "baseline": (_BASELINE, any(bar.baseline for bar in bars)),
    }
    marks = [
        Line2D([], [], color=colour, marker="o", markersize=5, label=name)
        for name, (colour, used) in legend.items()
        if used
    ]
    figure.legend(handles=marks, loc="outside lower left", ncols=3, frameon=False, fontsize=8)

"""Pictures with what a model says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xaibrain.core.records import Image

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ACROSS = 6
_LONGEST = 32
# In inches: the page's head, a picture, what stands above and below it, and the gap between columns.
_HEAD, _SIDE, _ABOVE, _BELOW, _GAP = 0.45, 1.86, 0.24, 0.4, 0.12
_ROW = _ABOVE + _SIDE + _BELOW
_WIDTH = _ACROSS * (_SIDE + _GAP) + _GAP
_RIGHT, _WRONG, _FAINT = "#15803d", "#b91c1c", "#71717a"


@dataclass(frozen=True)
class Shown:
    """A picture, what the model says of it and how sure it is (0 to 1)."""

    image: Image
    label: str
    predicted: str
    probability: float


def predictions_figure(title: str, pictures: Sequence[Shown]) -> Figure:
    """Draw pictures in rows of six, each under its prediction, green where it is right, else red.

    Args:
        title: Of the page.
        pictures: In the order to draw them; where there is none, the page says so.
    """
    from matplotlib.figure import Figure

    rows = max(1, -(-len(pictures) // _ACROSS))
    height = _HEAD + _ROW * rows
    figure = Figure(figsize=(_WIDTH, height), dpi=100)
    figure.text(_GAP / _WIDTH, 1 - 0.12 / height, title, fontsize=12, va="top")
    if not pictures:
        figure.text(_GAP / _WIDTH, 1 - _HEAD / height, "There is none.", fontsize=11, va="top")
    for place, picture in enumerate(pictures):
        row, column = divmod(place, _ACROSS)
        _draw(figure, picture, _GAP + column * (_SIDE + _GAP), _HEAD + row * _ROW)
    return figure


def _draw(figure: Figure, picture: Shown, left: float, top: float) -> None:
    width, height = figure.get_size_inches()
    start, bottom = left / width, 1 - (top + _ABOVE + _SIDE) / height
    axes = figure.add_axes((start, bottom, _SIDE / width, _SIDE / height))
    axes.imshow(picture.image.pixels, cmap="gray")
    axes.set_anchor("NW")
    axes.set_axis_off()
    right = picture.predicted == picture.label
    told = f"{_shortened(picture.predicted)} {picture.probability:.2f}"
    figure.text(start, 1 - top / height, told, fontsize=9, va="top", color=_RIGHT if right else _WRONG)
    below = "" if right else f"truly {_shortened(picture.label)}\n"
    figure.text(
        start,
        bottom - 0.05 / height,
        below + _shortened(picture.image.id),
        fontsize=7,
        va="top",
        color=_FAINT,
    )


def _shortened(id: str) -> str:
    return id if len(id) <= _LONGEST else f"{id[: _LONGEST // 2 - 1]}…{id[-_LONGEST // 2 :]}"

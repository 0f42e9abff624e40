"""Pictures whose labels are doubtful, for judging them by eye."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xaibrain.core.records import Image

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ACROSS = 6
_LONGEST = 32
# In inches: the page's head, a picture, what stands above and below it, and the gaps.
_HEAD, _SIDE, _ABOVE, _BELOW, _GAP = 0.55, 2.0, 0.18, 0.52, 0.25
_ROW = _ABOVE + _SIDE + _BELOW
_WIDTH = _ACROSS * (_SIDE + _GAP) + _GAP


@dataclass(frozen=True)
class Doubtful:
    """A picture, its label and what it may be instead, each with its probability."""

    image: Image
    label: str
    given: float
    suggested: str
    other: float


def suspects_figure(title: str, pictures: Sequence[Doubtful]) -> Figure:
    """Draw pictures in rows, the most doubtful first.

    Args:
        title: Of the page.
        pictures: Where there is none, the page says so.
    """
    from matplotlib.figure import Figure

    height = _HEAD + _ROW * max(1, -(-len(pictures) // _ACROSS))
    figure = Figure(figsize=(_WIDTH, height), dpi=100)
    figure.text(_GAP / _WIDTH, 1 - 0.14 / height, title, fontsize=13, va="top")
    if not pictures:
        figure.text(_GAP / _WIDTH, 0.5, "No label is suspected.", fontsize=11)
    for place, picture in enumerate(pictures):
        row, column = divmod(place, _ACROSS)
        _draw(figure, picture, _GAP + column * (_SIDE + _GAP), _HEAD + row * _ROW)
    return figure


def _draw(figure: Figure, picture: Doubtful, left: float, top: float) -> None:
    width, height = figure.get_size_inches()
    bottom = height - top - _ABOVE - _SIDE
    axes = figure.add_axes((left / width, bottom / height, _SIDE / width, _SIDE / height))
    axes.imshow(picture.image.pixels, cmap="gray")
    axes.set_axis_off()
    id = picture.image.id
    shown = id if len(id) <= _LONGEST else f"{id[: _LONGEST // 2 - 1]}…{id[-_LONGEST // 2 :]}"
    figure.text(left / width, 1 - top / height, shown, fontsize=6.5, va="top")
    told = f"{picture.label}  {picture.given:.2f}\n→ {picture.suggested}  {picture.other:.2f}"
    figure.text(left / width, (bottom - 0.05) / height, told, fontsize=8.5, va="top")

"""Pairs of pictures side by side, for judging whether they are copies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xaibrain.core.records import Image

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ACROSS = 4
_LONGEST = 28
# In inches: the page's head, a section's head, a picture, what stands above and below it, and the gaps.
_HEAD, _TITLE, _SIDE, _ABOVE, _BELOW, _BETWEEN, _GAP = 0.5, 0.35, 1.6, 0.16, 0.3, 0.06, 0.3
_ROW = _ABOVE + _SIDE + _BELOW
_PAIR = 2 * _SIDE + _BETWEEN
_WIDTH = _ACROSS * (_PAIR + _GAP) + _GAP


@dataclass(frozen=True)
class SideBySide:
    """Two pictures and what to say of them; the captions are ids, cut in the middle."""

    first: Image
    second: Image
    caption: str


@dataclass(frozen=True)
class Section:
    """Pairs under a title."""

    title: str
    pairs: Sequence[SideBySide]


def twins_figure(title: str, sections: Sequence[Section]) -> Figure:
    """Draw sections of pairs, four pairs a row.

    Args:
        title: Of the page.
        sections: Those without a pair are left out; where none has any, the page says so.
    """
    from matplotlib.figure import Figure

    shown = [section for section in sections if section.pairs]
    rows = sum(-(-len(section.pairs) // _ACROSS) for section in shown)
    height = _HEAD + _TITLE * max(1, len(shown)) + _ROW * rows
    figure = Figure(figsize=(_WIDTH, height), dpi=100)
    figure.text(_GAP / _WIDTH, 1 - 0.12 / height, title, fontsize=13, va="top")
    if not shown:
        figure.text(_GAP / _WIDTH, 0.1 / height, "No copies were found.", fontsize=11)
    top = _HEAD
    for section in shown:
        figure.text(_GAP / _WIDTH, 1 - top / height, section.title, fontsize=11, weight="bold", va="top")
        top += _TITLE
        for start in range(0, len(section.pairs), _ACROSS):
            for column, pair in enumerate(section.pairs[start : start + _ACROSS]):
                _draw(figure, pair, _GAP + column * (_PAIR + _GAP), top)
            top += _ROW
    return figure


def _draw(figure: Figure, pair: SideBySide, left: float, top: float) -> None:
    width, height = figure.get_size_inches()
    for side, image in enumerate((pair.first, pair.second)):
        start = left + side * (_SIDE + _BETWEEN)
        bottom = height - top - _ABOVE - _SIDE
        axes = figure.add_axes((start / width, bottom / height, _SIDE / width, _SIDE / height))
        axes.imshow(image.pixels, cmap="gray")
        axes.set_axis_off()
        figure.text(start / width, 1 - top / height, _shortened(image.id), fontsize=6.5, va="top")
    figure.text(left / width, 1 - (top + _ABOVE + _SIDE + 0.05) / height, pair.caption, fontsize=8, va="top")


def _shortened(id: str) -> str:
    return id if len(id) <= _LONGEST else f"{id[: _LONGEST // 2 - 1]}…{id[-_LONGEST // 2 :]}"

"""Tables of the pages that commands write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown; without a row, the word None.

    What cannot be printed, which file names may hold, is a �; what would be markup (&, < and |) is escaped.

    Args:
        columns: Their names.
        rows: The cells.
    """
    lines = [_line([_cell(cell) for cell in row]) for row in rows]
    if not lines:
        return "None.\n"
    return "\n".join([_line(columns), "|" + " --- |" * len(columns), *lines, ""])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    shown = "".join(c if c.isprintable() else "�" for c in text)
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")

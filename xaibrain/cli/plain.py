"""Text that a stranger may have chosen (names, labels, reasons) on its way to a terminal."""

from __future__ import annotations


def plain(text: str) -> str:
    r"""Return text on one line in which nothing can move the cursor, colour or turn round what follows.

    Control characters, marks that change the direction of writing and halves of characters are written as
    Python writes them (`\x1b`); letters of every script stay as they are.
    """
    return "".join(letter if letter.isprintable() else _escaped(letter) for letter in text)


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")

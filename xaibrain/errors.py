"""Every exception that xaibrain raises on purpose; each message ends with what to do next."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable


class XaibrainError(Exception):
    """Base of all deliberate errors: the message is one line, written for a person."""


class UsageError(XaibrainError):
    """The request itself is wrong (an unknown class, layer or parameter); nothing was started."""


class UnknownNameError(UsageError):
    """No plugin, class or layer has this name."""


class NameClashError(XaibrainError):
    """Two plugins offer the same name."""


class PluginError(XaibrainError):
    """A plugin could not be imported or broke its contract."""


class InputError(XaibrainError):
    """One input cannot be used; the others can."""


class ModelError(XaibrainError):
    """A model cannot be loaded, or cannot answer what an explainer asks."""


class DatasetError(XaibrainError):
    """A dataset is missing, incomplete or damaged."""


class ExecutorError(XaibrainError):
    """Work cannot be done where it was to be done."""


class OutputError(XaibrainError):
    """The results cannot be written."""


def told(error: Exception) -> str:
    """Return what went wrong as one line; the class stands before it where the error was not deliberate."""
    text = str(error) if isinstance(error, XaibrainError) else f"{type(error).__name__}: {error}"
    return as_text(" ".join(text.split()).removesuffix(":"))


def as_text(name: str | os.PathLike[str]) -> str:
    r"""Return a file name as text that any file can hold; bytes that are no text stand as `\xff`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def unknown_name(what: str, name: str, known: Iterable[str], then: str) -> UnknownNameError:
    """Return the error for an unknown name: the nearest known one, and where to see them all.

    Args:
        what: The kind of thing, as a person calls it ("explainer", "layer").
        name: The name that was asked for.
        known: Every name that would have worked.
        then: What to do when the suggestion does not help.
    """
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    hint = f" Did you mean '{close[0]}'?" if close else ""
    return UnknownNameError(f"No {what} '{name}'.{hint} {then}")

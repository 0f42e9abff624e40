"""Typed options of any class or function, from text or from Python values."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import numpy as np

from xaibrain.errors import UsageError, unknown_name

_SEQUENCES = (tuple, list, Sequence)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One option: its name, its type and what it is when left alone."""

    name: str
    type: Any
    default: Any
    required: bool


def parameters_of(target: Callable[..., Any]) -> dict[str, Parameter]:
    """Return the typed keyword options of a class or function, in order."""
    hints = _hints(target)
    found = {}
    for name, parameter in inspect.signature(target).parameters.items():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        required = parameter.default is parameter.empty
        found[name] = Parameter(name, hints.get(name, Any), parameter.default, required)
    return found


def _hints(target: Callable[..., Any]) -> dict[str, Any]:
    try:
        return get_type_hints(target.__init__ if inspect.isclass(target) else target)
    # Names that are imported for type checkers only cannot be looked up: such options go unchecked.
    except (NameError, TypeError):
        return {}


def validated(owner: str, target: Callable[..., Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Check options against a target's types; text is converted.

    "3" becomes 3, "true" True, "none" None where that is allowed, and "a,b" ("a", "b") for a sequence; of
    several types, single values are tried before sequences.

    Raises:
        UsageError: An option is unknown or of the wrong type; the message names the ones there are.
    """
    known = parameters_of(target)
    checked = {}
    for name, value in options.items():
        if name not in known:
            has = ", ".join(known) or "none"
            raise unknown_name(f"parameter of '{owner}'", name, known, f"It has: {has}.")
        checked[name] = _converted(owner, known[name], value)
    missing = [p.name for p in known.values() if p.required and p.name not in checked]
    if missing:
        raise UsageError(f"'{owner}' needs {missing[0]}; give {missing[0]}=VALUE.")
    return checked


def _converted(owner: str, parameter: Parameter, value: Any) -> Any:
    try:
        if isinstance(value, str):
            return _from_text(value, parameter.type)
        plain = value.item() if isinstance(value, np.generic) else value
        return msgspec.convert(plain, parameter.type, dec_hook=_instance)
    except msgspec.ValidationError as error:
        choices = _choices(parameter.type)
        then = f" Give one of: {', '.join(choices)}." if choices else ""
        raise UsageError(f"'{owner}' cannot take {parameter.name}={value!r}: {error}.{then}") from None
    # A type that cannot be checked (two kinds of sequence in one union, say) is the target's own business.
    except TypeError:
        return value


def _from_text(text: str, kind: Any) -> Any:
    """Convert text to a type: single values first, then `a,b` as a sequence, then `none`."""
    members = _members(kind)
    sequences = [member for member in members if (get_origin(member) or member) in _SEQUENCES]
    singles = [member for member in members if member not in sequences and member is not type(None)]
    items = [item.strip() for item in text.strip().strip("()[]").split(",")]
    tries: list[tuple[Any, Any]] = [(text, member) for member in singles]
    tries += [(items if items[-1] else items[:-1], member) for member in sequences]
    problem = None
    for value, member in tries:
        try:
            return msgspec.convert(value, member, strict=False, dec_hook=_instance)
        except msgspec.ValidationError as error:
            problem = problem or error
    if type(None) in members and text.strip().lower() in ("none", "null"):
        return None
    raise problem or msgspec.ValidationError("Expected `none`")


def _members(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


def _choices(kind: Any) -> list[str]:
    return [
        str(choice)
        for member in _members(kind)
        if get_origin(member) is Literal
        for choice in get_args(member)
    ]


def _instance(kind: Any, value: Any) -> Any:
    """Make a type that msgspec does not know from text, where it is a path; else take its instances."""
    if kind is Path and isinstance(value, str):
        return Path(value)
    if not inspect.isclass(kind) or isinstance(value, kind):
        return value
    raise msgspec.ValidationError(f"Expected `{kind.__name__}`, got `{type(value).__name__}`")


def values_of(instance: Any) -> dict[str, Any]:
    """Return the parameters that an object was made with, read back from its attributes."""
    return {
        name: getattr(instance, name) for name in parameters_of(type(instance)) if hasattr(instance, name)
    }

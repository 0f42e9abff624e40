"""Typed options of any class or function, from text or from Python values."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

import msgspec

from xaibrain.errors import UsageError, unknown_name


@dataclass(frozen=True, slots=True)
class Parameter:
    """One option: its name, its type and what it is when left alone."""

    name: str
    type: Any
    default: Any
    required: bool


def parameters_of(target: Callable[..., Any]) -> dict[str, Parameter]:
    """Return the typed keyword options of a class or function, in order."""
    hints = get_type_hints(target.__init__ if inspect.isclass(target) else target)
    found = {}
    for name, parameter in inspect.signature(target).parameters.items():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        required = parameter.default is parameter.empty
        found[name] = Parameter(name, hints.get(name, Any), parameter.default, required)
    return found


def validated(owner: str, target: Callable[..., Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Check options against a target's types; text is converted ("3" to 3, "off" is no number).

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
        return msgspec.convert(value, parameter.type, strict=not isinstance(value, str))
    except msgspec.ValidationError as error:
        raise UsageError(f"'{owner}' cannot take {parameter.name}={value!r}: {error}.") from None
    except TypeError:
        return value


def values_of(instance: Any) -> dict[str, Any]:
    """Return the parameters that an object was made with, read back from its attributes."""
    return {
        name: getattr(instance, name) for name in parameters_of(type(instance)) if hasattr(instance, name)
    }

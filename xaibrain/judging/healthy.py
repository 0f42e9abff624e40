"""Which classes say that there is no lesion, by their names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from xaibrain.core.model import Model
from xaibrain.errors import UsageError, unknown_name

_SOUNDS = re.compile(
    r"(no|not|non|without|normal|healthy|negative|control)([^a-z]|$)|no(tumou?r|lesion|finding|cancer)"
)


def sounds_healthy(name: str) -> bool:
    """Say whether a class is called like one without a lesion: `no_tumor`, `notumor`, `normal`, `healthy`."""
    return bool(_SOUNDS.match(name.lower()))


def healthy_classes(model: Model, given: Sequence[str]) -> tuple[str, ...]:
    """Return the classes by which a model says that there is no lesion.

    Args:
        model: Its class names are looked at.
        given: What the user named; by their sound, if none.

    Raises:
        UsageError: A class is unknown, none sounds so, or no class is left for a lesion.
    """
    for name in given:
        if name not in model.class_names:
            has = f"The model has: {', '.join(model.class_names)}."
            raise unknown_name("class", name, model.class_names, has)
    found = tuple(given) or tuple(name for name in model.class_names if sounds_healthy(name))
    if not found:
        raise UsageError(
            f"No class of '{model.name}' ({', '.join(model.class_names)}) sounds lesion-free; "
            "name the one that is: --healthy CLASS"
        )
    if set(found) == set(model.class_names):
        raise UsageError(f"Every class of '{model.name}' is taken for lesion-free; give --healthy CLASS.")
    return found

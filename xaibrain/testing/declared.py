"""Rules for what a plugin declares, whatever its kind, and for the parameters of what it makes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import cache
from typing import Any, Protocol

from xaibrain.core.manager import GROUP
from xaibrain.core.parameters import parameters_of, validated, values_of
from xaibrain.core.registry import Entry
from xaibrain.testing.rules import NotApplicable, Rule, demand

HEAVY = ("tensorflow", "keras", "torch", "jax", "cv2", "matplotlib", "scipy", "sklearn", "PIL")
"""What no declaration may import."""

PARAMETERS = (
    "Parameters are typed, kept as attributes of the same name, and come back whole from the record of a run."
)

_NAME = re.compile(r"[a-z0-9][a-z0-9+-]*")
_DECLARE = """
import sys
from importlib.metadata import entry_points
from xaibrain.core.manager import Manager
points = [point for point in entry_points(group={group!r}) if point.name == {plugin!r}]
rows = Manager(points).rows
assert rows and all(row.state == "ok" for row in rows), rows
print(*[name for name in {heavy!r} if name in sys.modules])
"""


class Registered(Protocol):
    """What may have been registered by a plugin."""

    @property
    def entry(self) -> Entry | None:
        """Who offers it, where it was asked for by name."""
        ...


def _spec(tested: Registered) -> None:
    registered = _registered(tested.entry)
    spec = registered.spec
    demand(
        _NAME.fullmatch(spec.name),
        f"the name '{spec.name}' is not lower case, digits, - and +; rename it in its Spec.",
    )
    demand(
        spec.summary and "\n" not in spec.summary,
        f"the summary of '{spec.name}' is empty or has several lines; give one line.",
    )
    demand(callable(registered.target()), f"{spec.target} is no class or function; name one in the Spec.")
    unknown = set(spec.defaults) - set(parameters_of(registered.target()))
    demand(not unknown, f"defaults has {sorted(unknown)}, which {spec.target} does not take; correct it.")


def _light(tested: Registered) -> None:
    loaded = _loaded_by(_registered(tested.entry).plugin)
    demand(not loaded, f"declaring imports {loaded}; import it in the target's module instead.")


@cache
def _loaded_by(plugin: str) -> str:
    """Return what heavy modules a process has loaded that did nothing but ask a plugin's hooks."""
    program = _DECLARE.format(group=GROUP, plugin=plugin, heavy=HEAVY)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment
    )
    demand(done.returncode == 0, f"declaring fails: {done.stderr.strip().splitlines()[-1:]}")
    return done.stdout.strip().replace(" ", ", ")


def _registered(entry: Entry | None) -> Entry:
    if entry is None:
        raise NotApplicable("it was given as an object; give its registered name")
    return entry


def made_again(thing: Any) -> Any:
    """Make a thing anew from what a run's record holds of it.

    Raises:
        BrokenRule: A parameter has no type, is no attribute, or does not come back from JSON.
    """
    kind = type(thing)
    for name, parameter in parameters_of(kind).items():
        demand(hasattr(thing, name), f"parameter '{name}' is no attribute; keep it as self.{name}.")
        demand(parameter.type is not Any, f"parameter '{name}' has no type; annotate it.")
    values = values_of(thing)
    try:
        recorded = json.loads(json.dumps(values))
    except TypeError as error:
        demand(False, f"{error}; use numbers, text, tuples of them, or None for parameters.")
    again = kind(**validated(kind.__name__, kind, recorded))
    demand(
        values_of(again) == values,
        f"parameters {values} come back as {values_of(again)}; keep them as they were given.",
    )
    return again


DECLARED_RULES: list[Rule[Registered]] = [
    Rule("spec", "A Spec has a plain name, a summary of one line, and a target that can be imported.", _spec),
    Rule("light", "Declaring imports nothing heavy; leave that to the target's module.", _light),
]
"""For plugins of any kind that are known by name."""

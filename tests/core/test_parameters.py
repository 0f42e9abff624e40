"""Options are typed, whether they come as text or as values; a bad one is one clear line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pytest

from xaibrain.core.parameters import parameters_of, validated, values_of
from xaibrain.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True)
class Method:
    """Every kind of option."""

    steps: int = 3
    sigma: float = 0.5
    signed: bool = False
    mode: Literal["mean", "max"] = "mean"
    power: Literal[1, 2] = 1
    names: tuple[str, ...] = ()
    span: tuple[float, float] = (0.0, 1.0)
    layers: list[int] | None = None
    classes: tuple[str, ...] | int = 4
    size: int | tuple[int, int] | None = None
    labels: Sequence[str] = ()
    crop: Literal["none", "all"] | None = None
    limit: int | None = None
    title: str = ""
    folder: Path = Path()
    anything: Any = None
    function: Callable[[int], int] | None = None
    kind: ClassVar[str] = "not an option"


GOOD = [
    ("steps", "7", 7),
    ("steps", 7, 7),
    ("steps", np.int64(7), 7),
    ("sigma", "1e-3", 0.001),
    ("sigma", "2", 2.0),
    ("sigma", 2, 2.0),
    ("sigma", np.float32(0.5), 0.5),
    ("signed", "true", True),
    ("signed", "False", False),
    ("signed", "1", True),
    ("signed", np.bool_(True), True),
    ("mode", "max", "max"),
    ("power", "2", 2),
    ("names", "a,b", ("a", "b")),
    ("names", "a", ("a",)),
    ("names", "a, b,", ("a", "b")),
    ("names", "", ()),
    ("names", ["a", "b"], ("a", "b")),
    ("span", "-1,1", (-1.0, 1.0)),
    ("span", "(-1, 1)", (-1.0, 1.0)),
    ("span", [0, 1], (0.0, 1.0)),
    ("layers", "1,2", [1, 2]),
    ("layers", "none", None),
    ("layers", None, None),
    ("classes", "3", 3),
    ("classes", "ill,well", ("ill", "well")),
    ("classes", "ill", ("ill",)),
    ("classes", ("ill", "well"), ("ill", "well")),
    ("classes", 2, 2),
    ("size", "224", 224),
    ("size", "224,192", (224, 192)),
    ("size", "None", None),
    ("labels", "a,b", ["a", "b"]),
    ("crop", "none", "none"),
    ("crop", None, None),
    ("limit", "5", 5),
    ("limit", "none", None),
    ("title", "a,b", "a,b"),
    ("title", "3", "3"),
    ("folder", "out/x", Path("out/x")),
    ("folder", Path("y"), Path("y")),
    ("anything", "x", "x"),
    ("anything", [1], [1]),
    ("function", len, len),
]


@pytest.mark.parametrize(("name", "given", "wanted"), GOOD)
def test_good_values(name, given, wanted):
    found = validated("m", Method, {name: given})[name]
    assert found == wanted
    assert type(found) is type(wanted)


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("steps", "off", "Expected `int`, got `str`"),
        ("steps", "1.5", "Expected `int`"),
        ("steps", True, "Expected `int`, got `bool`"),
        ("steps", None, "Expected `int`, got `null`"),
        ("steps", "none", "Expected `int`"),
        ("sigma", "wide", "Expected `float`"),
        ("signed", "perhaps", "Expected `bool`"),
        ("mode", "min", "Give one of: mean, max."),
        ("power", "3", "Give one of: 1, 2."),
        ("span", "1", "length 2, got 1"),
        ("span", "0,1,2", "length 2, got 3"),
        ("span", "a,b", "Expected `float`"),
        ("layers", "1,x", "Expected `int`"),
        ("size", "wide", "Expected `int`"),
        ("title", 3, "Expected `str`, got `int`"),
        ("folder", 3, "Expected `Path`, got `int`"),
    ],
)
def test_bad_values(name, given, told):
    with pytest.raises(UsageError) as caught:
        validated("m", Method, {name: given})
    line = str(caught.value)
    assert line.startswith(f"'m' cannot take {name}={given!r}: ")
    assert told in line
    assert "\n" not in line


def test_unknown_options_are_answered_with_the_nearest_and_with_all():
    with pytest.raises(
        UnknownNameError, match=r"No parameter of 'm' 'step'\. Did you mean 'steps'\? It has: steps, si"
    ):
        validated("m", Method, {"step": 1})
    with pytest.raises(UnknownNameError, match=r"It has: none\."):
        validated("m", object, {"step": 1})


def test_what_is_required_is_asked_for():
    def make(architecture: str, size: int = 3) -> None: ...

    with pytest.raises(UsageError, match=r"'m' needs architecture; give architecture=VALUE\."):
        validated("m", make, {"size": 4})
    assert validated("m", make, {"architecture": "x"}) == {"architecture": "x"}
    assert [p.required for p in parameters_of(make).values()] == [True, False]


def test_names_for_type_checkers_only_do_no_harm():
    def make(amount: Decimal, size: int = 3) -> None: ...

    assert validated("m", make, {"amount": "1.5", "size": 2}) == {"amount": "1.5", "size": 2}


def test_values_are_read_back_and_make_an_equal_one():
    method = Method(steps=9, names=("a",), size=(3, 4))
    values = values_of(method)
    assert values["steps"] == 9
    assert "kind" not in values
    assert Method(**values) == method


def test_a_class_without_constructor_and_keyword_catchers():
    class Plain:
        pass

    def catcher(*args: int, size: int = 3, **rest: int) -> None: ...

    assert parameters_of(Plain) == {}
    assert list(parameters_of(catcher)) == ["size"]

"""pytest learns a marker: a test function becomes one test for each rule of the kit.

@pytest.mark.xaibrain("explainer", "my-method")
def test_rule(rule):
    rule()
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from xaibrain.testing.check import Check
    from xaibrain.testing.rules import Rule

_MARKER = (
    "xaibrain(kind, thing, **options): one test for each rule that a plugin must hold, as `rule`; "
    "kind is explainer, metric, model, dataset, reader or writer, thing a registered name or an object, "
    "and the options are those of xaibrain.testing.check_explainer and its like."
)


@dataclass(frozen=True)
class Held:
    """A rule and what it is checked on, which is made when the first rule is checked."""

    make: Callable[[], Check[Any]]
    rule: Rule[Any]

    def __call__(self) -> None:
        """Check it; the test is skipped where the rule has no meaning."""
        from xaibrain.testing.rules import NotApplicable

        try:
            self.rule(self.make().tested)
        except NotApplicable as reason:
            pytest.skip(str(reason))


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARKER)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Turn a marked function into a test a rule."""
    marker = metafunc.definition.get_closest_marker("xaibrain")
    if marker is None:
        return
    # Not at the top: pytest loads this plugin at every start.
    from xaibrain.testing.check import check_of
    from xaibrain.testing.kinds import KINDS

    if "rule" not in metafunc.fixturenames or len(marker.args) != 2 or marker.args[0] not in KINDS:
        raise pytest.UsageError(
            f"{metafunc.definition.nodeid}: write @pytest.mark.xaibrain(KIND, THING) with one of "
            f"{', '.join(KINDS)}, over a function that takes the argument `rule` and calls it."
        )
    kind, thing = marker.args
    make = cache(lambda: check_of(kind, thing, **marker.kwargs))
    rules = KINDS[kind].chosen(marker.kwargs.get("without", ()))
    metafunc.parametrize("rule", [Held(make, rule) for rule in rules], ids=[rule.name for rule in rules])

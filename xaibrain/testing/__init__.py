"""The kit that holds plugins to their contract, for whoever writes one.

from xaibrain.testing import check_explainer

def test_rules():
    check_explainer("my-method")

Needs the extra `testing`: pip install 'xaibrain[testing]'.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xaibrain.testing.analytic import LinearModel, PlantedModel, QuadraticModel
    from xaibrain.testing.check import (
        check_dataset,
        check_explainer,
        check_metric,
        check_model,
        check_reader,
        check_writer,
    )
    from xaibrain.testing.rules import BrokenRule

# Importing is cheap: pytest loads the plugin of this package at each start.
_HOMES = {
    "BrokenRule": "xaibrain.testing.rules",
    "LinearModel": "xaibrain.testing.analytic",
    "PlantedModel": "xaibrain.testing.analytic",
    "QuadraticModel": "xaibrain.testing.analytic",
    "check_dataset": "xaibrain.testing.check",
    "check_explainer": "xaibrain.testing.check",
    "check_metric": "xaibrain.testing.check",
    "check_model": "xaibrain.testing.check",
    "check_reader": "xaibrain.testing.check",
    "check_writer": "xaibrain.testing.check",
}

__all__ = [
    "BrokenRule",
    "LinearModel",
    "PlantedModel",
    "QuadraticModel",
    "check_dataset",
    "check_explainer",
    "check_metric",
    "check_model",
    "check_reader",
    "check_writer",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'xaibrain.testing' has no attribute '{name}'")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

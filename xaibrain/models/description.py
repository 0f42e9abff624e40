"""All that is known of a model before it is asked anything; small enough for one JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from xaibrain.core.records import LayerChoice
from xaibrain.models.head import Head
from xaibrain.models.layers import Layers


@dataclass(frozen=True)
class Description:
    """A model without its weights.

    Attributes:
        shape: Height, width and channels of its input.
        head: How its outputs become scores.
        layers: What can be read in it.
        fingerprint: SHA-256 over structure and weights.
        versions: The software that it was read with.
        card: The checkpoint's card; empty for other models.
    """

    shape: tuple[int, int, int]
    head: Head
    layers: Layers
    fingerprint: str
    versions: Mapping[str, str]
    card: Mapping[str, Any]

    def to_json(self) -> str:
        """Return it as text that `from_json` reads."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Description:
        """Return what `to_json` wrote."""
        told = json.loads(text)
        auto = told["layers"]["auto"]
        return cls(
            tuple(told["shape"]),
            Head(**told["head"]),
            Layers(told["layers"]["told"], LayerChoice(**auto) if auto else None),
            told["fingerprint"],
            told["versions"],
            told["card"],
        )

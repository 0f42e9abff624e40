"""A model under test, and the pictures that it is asked about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from xaibrain.core.model import Model
from xaibrain.core.records import Image
from xaibrain.core.registry import Entry
from xaibrain.testing.cases import Look, Scan, for_all, scans
from xaibrain.testing.rules import NotApplicable
from xaibrain.types import Images


@dataclass(frozen=True)
class TestedModel:
    """A model, and how many cases a rule is tried on."""

    model: Model
    examples: int = 10
    entry: Entry | None = None

    __test__ = False

    def for_all(self, check: Callable[[Scan, Image], None]) -> None:
        """Try a check on generated pictures."""
        for_all(scans(), self.examples, lambda scan: check(scan, _image(scan)))

    def batch(self, count: int = 3) -> Images:
        """Return noise and spots as the model's own input: (n, h, w, c), frozen."""
        looks: tuple[Look, Look] = ("noise", "spot")
        pictures = [_image(Scan((64, 48), True, "uint8", looks[index % 2], index)) for index in range(count)]
        batch = np.stack([self.model.preprocess(picture)[0] for picture in pictures])
        batch.flags.writeable = False
        return batch

    def needs(self, *capabilities: str) -> None:
        """Raise `NotApplicable` unless the model declares all of them."""
        missing = [name for name in capabilities if name not in self.model.capabilities]
        if missing:
            raise NotApplicable(f"it does not declare {', '.join(missing)}")


def _image(scan: Scan) -> Image:
    return Image(scan.pixels(), f"generated/{scan.seed}")

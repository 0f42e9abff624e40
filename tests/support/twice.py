"""A method whose maps are known, pictures for it, and a dataset that must not be read."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from fakes import FakeModel

from xaibrain import Image, explain


@dataclass(frozen=True)
class Twice:
    """Answers with twice the picture; breaks where a picture is as bright as `bad`."""

    factor: float = 2.0
    bad: float = -1.0
    how: str = "raise"
    requires: ClassVar[frozenset[str]] = frozenset({"logits"})

    def explain(self, model, images, targets):
        heatmaps = images[..., 0] * self.factor + targets[:, None, None] * 1000
        hit = np.isclose(images.mean(axis=(1, 2, 3)), self.bad)
        if hit.any() and self.how == "raise":
            raise RuntimeError("no\nway")
        if hit.any() and self.how == "shape":
            return heatmaps[:, 0]
        heatmaps[hit] = np.nan
        return heatmaps


def grey(*values):
    """Pictures of one brightness each: 150 is bright, 50 is dark."""
    return [Image(np.full((6, 8), value, np.uint8), f"picture-{value}") for value in values]


def run(images, explainer=None, model=None, **options):
    return list(explain(images, model=model or FakeModel(), explainer=explainer or Twice(), **options))


class Sentinel:
    """Fails the test if any work is started."""

    class_names = ()
    default_model = None

    def __len__(self):
        raise AssertionError("work was started")

    def __getitem__(self, index):
        raise AssertionError("work was started")

    def __iter__(self):
        raise AssertionError("work was started")

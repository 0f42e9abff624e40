"""Pictures with the lesion at the left, and methods that look at one column of them."""

from dataclasses import dataclass

import numpy as np
from fakes import FakeModel

import xaibrain
from xaibrain import Image
from xaibrain.errors import InputError

SIDE = 8


@dataclass(frozen=True)
class At:
    """Puts all relevance into one column of four."""

    column: int = 0

    def explain(self, model, images, targets):
        heatmaps = np.zeros((len(images), 4, 4), np.float32)
        heatmaps[:, :, self.column] = 1
        return heatmaps


class Pictures:
    """Grey pictures whose lesion is the leftmost quarter; every fourth has none."""

    class_names = ("dark", "bright")
    default_model = None

    def __init__(self, count=8, broken=(), groups=None):
        self.count, self.broken = count, broken
        self.ids = [f"{index}.png" for index in range(count)]
        if groups:
            self.groups = groups

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        if index in self.broken:
            raise InputError(f"{index}.png: cannot be read.")
        mask = np.zeros((SIDE, SIDE), bool)
        mask[:, : SIDE // 4] = index % 4 != 3
        label = self.class_names[index % 2]
        return Image(np.full((SIDE, SIDE), 20 * index, np.uint8), f"{index}.png", label=label, mask=mask)

    def __iter__(self):
        return (self[index] for index in range(self.count))


def judged(dataset=None, methods=None, metrics=("relevance-mass",), **more):
    methods = methods or {"good": At(0), "bad": At(3)}
    settings = {"with_baselines": False, "target": "label", **more}
    return xaibrain.benchmark(
        dataset or Pictures(), model=FakeModel(), explainers=methods, metrics=metrics, **settings
    )

"""Pictures whose evidence is known by cause: a lesion was planted, and the model changed its mind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from xaibrain.core.dataset import Dataset, Planter
from xaibrain.core.records import Image
from xaibrain.defaults import DEFAULT_PLANTER
from xaibrain.types import Mask

NOTICEABLE = 0.1
"""Share of a planting's largest change of grey from which on a pixel counts as changed."""


@dataclass(frozen=True)
class Planting:
    """What is planted, and how often.

    Every class that the planter knows is planted in every size and place into every host.

    Attributes:
        planter: A dataset that is a `Planter`.
        healthy: The model's classes that say that there is no lesion; by the sound of their names if empty.
        hosts: How many lesion-free slices are planted in at most.
        sizes: Mean radii of the lesions, as shares of the head's width.
        places: How many lesions of each class and size a host gets, each in a place of its own where such
            a lesion grows, and in a picture of its own.
        seed: Of the order of the slices, and of the lesions.
        region: What counts as the place of the evidence: all pixels that the planting noticeably changed
            (the lesion with its swelling and what it pushes aside), or the lesion alone.
    """

    planter: str = DEFAULT_PLANTER
    healthy: tuple[str, ...] = ()
    hosts: int = 40
    sizes: tuple[float, ...] = (0.05, 0.09, 0.14)
    places: int = 1
    seed: int = 0
    region: Literal["changed", "lesion"] = "changed"


@dataclass(frozen=True)
class Case:
    """A lesion that changed what the model says.

    Attributes:
        id: Of the planted picture.
        index: Of the host in its dataset.
        host: The host's id.
        sha256: The host's digest.
        group: What the host belongs to.
        lesion: The class that was planted.
        radius: Its mean radius, as a share of the head's width.
        seed: What its shape and place depend on.
        called: The class that the model calls the picture since.
    """

    id: str
    index: int
    host: str
    sha256: str
    group: str
    lesion: str
    radius: float
    seed: int
    called: str


class PlantedEvidence:
    """Planted pictures as a dataset, planted again whenever they are read.

    A picture's label is the class that the model calls it since it was planted in, and so the target to
    explain. Its mask is where the evidence is. Its group is that of its host: two lesions in one slice are
    no independent evidence.

    Args:
        dataset: The hosts.
        planter: Plants in them.
        cases: What to plant where.
        class_names: The model's.
        region: As in `Planting`.
    """

    def __init__(
        self,
        dataset: Dataset,
        planter: Planter,
        cases: Sequence[Case],
        class_names: tuple[str, ...],
        region: Literal["changed", "lesion"] = "changed",
    ) -> None:
        self.dataset, self.planter, self.cases, self.region = dataset, planter, tuple(cases), region
        self.class_names = class_names
        self.default_model = dataset.default_model
        self.ids = tuple(case.id for case in self.cases)
        self.groups = tuple(case.group for case in self.cases)

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.cases)

    def __getitem__(self, index: int) -> Image:
        """Plant one lesion; its mask is True where the evidence is."""
        case = self.cases[index]
        host = self.dataset[case.index]
        image = self.planter.plant(host, case.lesion, case.seed, radius=case.radius)
        mask = image.mask if self.region == "lesion" else changed(host, image)
        return replace(image, label=case.called, mask=mask)

    def __iter__(self) -> Iterator[Image]:
        """Plant them in order."""
        return (self[index] for index in range(len(self)))


def changed(host: Image, planted: Image) -> Mask:
    """Return where a planting noticeably changed a picture: (h, w) bool, the lesion itself included."""
    change = np.abs(planted.pixels.astype(np.float64) - host.pixels)
    change = change.max(axis=2) if change.ndim == 3 else change
    noticed = change > NOTICEABLE * change.max()
    return np.asarray(noticed if planted.mask is None else noticed | planted.mask)

"""Pictures whose evidence is known, because it was put there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle

import numpy as np

from xaibrain.core.dataset import Dataset, Planter
from xaibrain.core.records import Image
from xaibrain.errors import InputError, UsageError


def planter_of(dataset: Dataset) -> Planter:
    """Return the dataset as one that plants.

    Raises:
        UsageError: It cannot.
    """
    if not isinstance(dataset, Planter):
        raise UsageError(f"{type(dataset).__name__} plants no lesions; give planter=phantom.")
    return dataset


def planted(
    planter: Planter, hosts: Sequence[Image], labels: Sequence[str], count: int, seed: int
) -> Iterator[tuple[Image, bool]]:
    """Plant lesions: half into pictures that show none, of each class in turn; half into those that do.

    The latter get one more lesion of their own class: so that a lesion, and not where a picture comes
    from, is what pictures of a class have in common.

    Args:
        planter: Makes the lesions. Pictures of classes that it does not plant are taken to show none.
        hosts: Pictures, read when they are needed; those that have no room for a lesion are passed over.
        labels: Theirs.
        count: How many pictures to make; fewer come if the hosts run out.
        seed: Of the order of the hosts and of the lesions.

    Yields:
        A picture, its mask that of the planted lesion; and whether it has a lesion of its own besides.
    """
    rng = np.random.default_rng(seed)
    free = [place for place, label in enumerate(labels) if label not in planter.lesions]
    others = [place for place, label in enumerate(labels) if label in planter.lesions]
    half = count // 2 if free and others else count * bool(others)
    drawn = cycle(planter.lesions)
    yield from ((image, False) for image in _planted(planter, hosts, free, count - half, rng, drawn))
    yield from ((image, True) for image in _planted(planter, hosts, others, half, rng, None))


def _planted(
    planter: Planter,
    hosts: Sequence[Image],
    places: Sequence[int],
    count: int,
    rng: np.random.Generator,
    labels: Iterator[str] | None,
) -> Iterator[Image]:
    """Go through the hosts at some places, in an order that is drawn anew each time, until all are made."""
    made = 0
    while made < count:
        before = made
        for index in rng.permutation(len(places)):
            host = hosts[places[index]]
            label = next(labels) if labels else str(host.label)
            try:
                yield planter.plant(host, label, int(rng.integers(2**31)))
            except InputError:
                continue
            made += 1
            if made == count:
                return
        if made == before:
            return

"""A dataset at a glance: some pictures of each class, and how many there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from xaibrain.core.dataset import Dataset
from xaibrain.core.records import Image
from xaibrain.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_EACH = 6


@dataclass(frozen=True)
class ClassSample:
    """Counts of the labels, a few pictures of each, and what could not be read."""

    counts: dict[str, int]
    pictures: dict[str, list[Image]]
    unreadable: list[str]


def sample_classes(
    dataset: Dataset, seed: int = 0, advance: Callable[[], None] = lambda: None
) -> ClassSample:
    """Read a dataset once and keep a random few pictures of each class (reservoir sampling).

    Args:
        dataset: What to look at.
        seed: Of the choice.
        advance: Called after each picture.
    """
    rng = np.random.default_rng(seed)
    sample = ClassSample(dict.fromkeys(dataset.class_names, 0), {}, [])
    for index in range(len(dataset)):
        try:
            image = dataset[index]
        except InputError as error:
            sample.unreadable.append(str(error))
            continue
        finally:
            advance()
        label = image.label or ""
        seen = sample.counts.get(label, 0)
        sample.counts[label] = seen + 1
        kept = sample.pictures.setdefault(label, [])
        place = int(rng.integers(0, seen + 1))
        if len(kept) < _EACH:
            kept.append(image)
        elif place < _EACH:
            kept[place] = image
    return sample


def class_figure(sample: ClassSample, title: str) -> Figure:
    """Draw a row of pictures for each class, and a bar of its count beside them."""
    from matplotlib.figure import Figure

    labels = [label for label, count in sample.counts.items() if count]
    figure = Figure(figsize=(11, 1.45 * len(labels) + 0.6), dpi=110, layout="constrained")
    figure.suptitle(f"{title}: {sum(sample.counts.values()):,} pictures", x=0.01, ha="left")
    grid = figure.add_gridspec(len(labels), _EACH + 2)
    most = max(sample.counts.values())
    for row, label in enumerate(labels):
        for column, image in enumerate(sample.pictures[label]):
            axes = figure.add_subplot(grid[row, column])
            axes.imshow(image.pixels, cmap="gray")
            if image.mask is not None and image.mask.any():
                axes.contour(image.mask, [0.5], colors="#fbbf24", linewidths=0.8)
            axes.set_axis_off()
        axes = figure.add_subplot(grid[row, _EACH:])
        axes.barh([0], [sample.counts[label]], color="#3b82f6", height=0.35)
        axes.set(xlim=(0, most * 1.05), ylim=(-0.8, 0.8), xticks=[], yticks=[])
        axes.set_title(f"{label or '(no label)'}  {sample.counts[label]:,}", loc="left", fontsize=9)
        axes.set_frame_on(False)
    return figure

"""Finds planted copies among slices: python tests/benchmarks/twins.py [SLICES].

From the phantom and, where it is on this machine, brain-mri, SLICES (60) without a twin are taken, and 25
copies are made of each. The table says how many copies are linked to their original, how many of the pairs
that show one slice are linked, and how many of the linked pairs show two. A second table is of copies beyond
that, one kind at a time.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from itertools import combinations

import cv2
import numpy as np
import PIL.Image
import PIL.ImageEnhance
from numpy.typing import NDArray

import xaibrain
from xaibrain import Image
from xaibrain.audit.glance import glance
from xaibrain.audit.twins import Twins, find_twins
from xaibrain.errors import XaibrainError

Grey = NDArray[np.uint8]


def turned(pixels: Grey, degrees: float, expand: bool = False) -> Grey:
    """Return a picture turned anticlockwise, cut at its frame or on a larger canvas."""
    image = PIL.Image.fromarray(pixels)
    return np.array(image.rotate(degrees, PIL.Image.Resampling.BICUBIC, expand=expand))


def encoded(pixels: Grey, quality: int) -> Grey:
    """Return a picture as it comes back from a JPEG."""
    file = io.BytesIO()
    PIL.Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.array(PIL.Image.open(file))


def scaled(pixels: Grey, down: float, across: float) -> Grey:
    """Return a picture with its sides scaled."""
    size = (round(pixels.shape[1] * across), round(pixels.shape[0] * down))
    way = cv2.INTER_AREA if max(down, across) < 1 else cv2.INTER_LINEAR
    made: Grey = cv2.resize(pixels, size, interpolation=way)
    return made


def brightened(pixels: Grey, factor: float) -> Grey:
    """Return a brighter or darker picture."""
    return np.array(PIL.ImageEnhance.Brightness(PIL.Image.fromarray(pixels)).enhance(factor))


def contrasted(pixels: Grey, factor: float) -> Grey:
    """Return a picture with another contrast."""
    return np.array(PIL.ImageEnhance.Contrast(PIL.Image.fromarray(pixels)).enhance(factor))


def bent(pixels: Grey, gamma: float) -> Grey:
    """Return a picture with another gamma."""
    return np.rint(255 * (pixels / 255.0) ** gamma).astype(np.uint8)


def cropped(pixels: Grey, share: float) -> Grey:
    """Return a picture with a share of its sides cut from each side."""
    rows, columns = (round(share * side) for side in pixels.shape)
    return pixels[rows : pixels.shape[0] - rows, columns : pixels.shape[1] - columns].copy()


def framed(pixels: Grey, share: float) -> Grey:
    """Return a picture with a black border added."""
    rows, columns = (round(share * side) for side in pixels.shape)
    return np.pad(pixels, ((rows, rows), (columns, columns)))


Copy = Callable[[Grey], Grey]
COPIES: list[Copy] = [
    *(lambda p, by=by: turned(p, by) for by in (3, -5, 8, -10, 15)),
    *(lambda p, by=by: turned(p, by, expand=True) for by in (6, -12)),
    *(lambda p, by=by: np.rot90(p, by).copy() for by in (1, 2, 3)),
    lambda p: p[:, ::-1].copy(),
    lambda p: p.T.copy(),
    *(lambda p, by=by: encoded(p, by) for by in (30, 10)),
    *(lambda p, by=by: scaled(p, by, by) for by in (0.3, 0.6, 1.5)),
    lambda p: scaled(p, 0.8, 0.6),
    *(lambda p, by=by: brightened(p, by) for by in (0.6, 1.5)),
    lambda p: contrasted(p, 0.7),
    lambda p: bent(p, 1.4),
    lambda p: encoded(turned(p, -7), 40),
    lambda p: brightened(scaled(p[:, ::-1].copy(), 0.5, 0.5), 1.3),
    lambda p: encoded(brightened(scaled(turned(p, 5), 0.5, 0.5), 1.2), 60),
]  # fmt: skip
BEYOND: dict[str, Copy] = {
    "turned by 30°": lambda p: turned(p, 30),
    "turned by 45°": lambda p: turned(p, 45),
    "a border of 10 % added": lambda p: framed(p, 0.1),
    "3 % cut from each side": lambda p: cropped(p, 0.03),
    "8 % cut from each side": lambda p: cropped(p, 0.08),
}


def linked(pictures: Sequence[Grey]) -> set[tuple[int, int]]:
    """Return the pairs of pictures that the audit links, by their places."""
    glances = [glance(Image(pixels, f"{at}"), at) for at, pixels in enumerate(pictures)]
    twins: Twins = find_twins(glances, lambda what, done, total: None)
    equal = {pair for group in twins.identical for pair in combinations(group, 2)}
    return equal | {(pair.first, pair.second) for pair in twins.pairs}


def without_twins(dataset: xaibrain.Dataset, count: int) -> list[Grey]:
    """Return grey slices of a dataset, evenly chosen, of each pair that is linked only one."""
    places = range(0, len(dataset), max(1, len(dataset) // (count * 3 // 2)))
    pictures = [dataset[at].pixels for at in places]
    grey = [pixels if pixels.ndim == 2 else pixels[..., 1] for pixels in pictures]
    second = {pair[1] for pair in linked(grey)}
    return [pixels for at, pixels in enumerate(grey) if at not in second][:count]


def shares(originals: Sequence[Grey], copies: Sequence[Copy]) -> tuple[int, float, float, int]:
    """Return the number of pictures, the copies and the pairs that are found, and wrong pairs."""
    each = 1 + len(copies)
    found = linked([made for pixels in originals for made in (pixels, *(copy(pixels) for copy in copies))])
    right = {(first, second) for first, second in found if first // each == second // each}
    of_originals = sum(first % each == 0 for first, _ in right)
    pairs = len(originals) * each * (each - 1) / 2
    copied = len(originals) * len(copies)
    return len(originals) * each, of_originals / copied, len(right) / pairs, len(found) - len(right)


def main(count: int = 60) -> None:
    """Print both tables."""
    sets = {"phantom": without_twins(xaibrain.load_dataset("phantom", count=count * 3 // 2, seed=3), count)}
    try:
        sets["brain-mri"] = without_twins(xaibrain.load_dataset("brain-mri"), count)
    except XaibrainError as error:
        print(f"brain-mri is left out: {error}")
    print("| slices | pictures | copies found | pairs of copies found | pairs that are none |")
    print("| --- | --- | --- | --- | --- |")
    for name, originals in sets.items():
        pictures, copied, paired, wrong = shares(originals, COPIES)
        print(f"| {len(originals)} of {name} | {pictures:,} | {copied:.3f} | {paired:.3f} | {wrong} |")
    print(f"\n| copies | {' | '.join(sets)} |\n| --- |{' --- |' * len(sets)}")
    for kind, copy in BEYOND.items():
        print(f"| {kind} | {' | '.join(f'{shares(own, [copy])[1]:.2f}' for own in sets.values())} |")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

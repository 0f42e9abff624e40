"""NIfTI volumes, slice by slice, as a radiologist looks at them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

import nibabel
import numpy as np
from nibabel.imageglobals import LoggingOutputSuppressor
from numpy.typing import NDArray

from xaibrain import Grid, Image, Part, Place
from xaibrain.errors import InputError
from xaibrain.reading import PIXEL_LIMIT, first_line, opened

VOXEL_LIMIT = 1_000_000_000
"""Volumes of more voxels are refused, before any is read."""

_ENOUGH = 10_000_000

Axis = Literal["axial", "coronal", "sagittal"]
Step = tuple[int, int, int]

_Answer = TypeVar("_Answer")

_VIEWS: dict[Axis, tuple[Step, Step, Step]] = {
    "axial": ((-1, 0, 0), (0, -1, 0), (0, 0, 1)),
    "coronal": ((-1, 0, 0), (0, 0, -1), (0, 1, 0)),
    "sagittal": ((0, -1, 0), (0, 0, -1), (1, 0, 0)),
}
"""Where columns, rows and slices go to, towards the patient's right, front and head."""


class _Volume(NamedTuple):
    path: Path
    voxels: NDArray[np.uint8]
    sha256: str


@dataclass(frozen=True)
class NiftiReader:
    """Reads a volume of three dimensions as slices, seen as radiologists see them.

    Whatever the order of the voxels in the file, the patient's right is on the left of axial and coronal
    slices, the front is up in axial and left in sagittal ones, and the head is up. Slices are counted from
    the feet, the back or the left. Oblique volumes are cut along their own axes, the nearest to these.

    NIfTI has no window: black and white are two percentiles of the finite voxels of the whole volume (of
    every n-th where there are more than 20 million), and voxels that are not finite are black. Slices come
    as uint8.

    Attributes:
        axis: Which way to cut.
        slices: The first slice, and that after the last; all if none.
        every: Take one slice of so many.
        black: Percentile of the voxels that becomes 0.
        white: Percentile that becomes 255.
    """

    axis: Axis = "axial"
    slices: tuple[int, int] | None = None
    every: int = 1
    black: float = 0.5
    white: float = 99.5
    _last: list[_Volume] = field(default_factory=list, init=False, repr=False, compare=False)

    def parts(self, files: Sequence[tuple[Path, str]]) -> list[Part]:
        """List the slices of each file; one that cannot be read is one part."""
        found: list[Part] = []
        for path, id in files:
            try:
                found += self._slices(path, id)
            except InputError:
                found.append(Part(path, id))
        return found

    def read(self, part: Part) -> Image:
        """Read one slice; the volume that was read last is kept for the next.

        Raises:
            InputError: The file is damaged, has another number of dimensions, holds colours or complex
                numbers, or does not say how it lies in the patient.
        """
        if part.place is None:
            self._slices(part.path, part.id)
            raise InputError(f"{part.path}: the file has changed since it was listed; run it again.")
        if not self._last or self._last[0].path != part.path:
            self._last[:] = [self._volume(part.path)]
        volume, place = self._last[0], part.place
        pixels = place.take(volume.voxels)
        return Image(
            pixels, part.id, str(part.path), spacing=place.spacing, file_sha256=volume.sha256,
            place=place, part=part,
        )  # fmt: skip

    def _slices(self, path: Path, id: str) -> Iterator[Part]:
        grid = _grid(path)
        places = list(_places(id, grid, self.axis))
        start, stop = self.slices or (0, len(places))
        chosen = places[max(start, 0) : stop : max(self.every, 1)]
        if not chosen:
            has = f"it has {len(places)} {self.axis} slices, counted from 0"
            raise InputError(f"{path}: slices={start},{stop} chooses none; {has}.")
        digits = len(str(len(places) - 1))
        return (Part(path, f"{id}/{place.index:0{digits}d}", place.index, place) for place in chosen)

    def _volume(self, path: Path) -> _Volume:
        _grid(path)
        image = _safely(path, lambda: nibabel.load(path))
        voxels = _safely(path, lambda: image.get_fdata(dtype=np.float32, caching="unchanged"))
        with opened(path) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return _Volume(path, self._shown(voxels.reshape(_shape(path, image))), digest)

    def _shown(self, voxels: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Bring voxels to 0 to 255; plane by plane, so that no second volume of floats is in memory."""
        some = voxels.reshape(-1)[:: max(1, voxels.size // _ENOUGH)]
        some = some[np.isfinite(some)]
        low, high = np.percentile(some, (self.black, self.white)) if some.size else (0.0, 0.0)
        if high <= low:
            low, high = (float(some.min()), float(some.max())) if some.size else (0.0, 0.0)
        shown = np.zeros(voxels.shape, np.uint8)
        for plane, values in zip(shown, voxels, strict=True) if high > low else ():
            scaled = (np.nan_to_num(values, nan=low, posinf=low, neginf=low) - low) * (255 / (high - low))
            plane[:] = np.rint(np.clip(scaled, 0, 255))
        return shown


def _grid(path: Path) -> Grid:
    """Read from the header what the voxels are and where they lie."""
    with opened(path):
        image = _safely(path, lambda: nibabel.load(path))
    if not isinstance(image, (nibabel.Nifti1Pair, nibabel.Nifti2Pair)):
        raise InputError(f"{path}: {type(image).__name__}, not NIfTI; convert it first.")
    shape = _shape(path, image)
    kind = image.get_data_dtype()
    if kind.kind not in "iuf":
        raise InputError(f"{path}: holds colours or complex numbers ({kind}); convert it to grey first.")
    if np.prod(shape, dtype=np.float64) > VOXEL_LIMIT or sorted(shape)[1] * sorted(shape)[2] > PIXEL_LIMIT:
        raise InputError(
            f"{path}: {' × '.join(map(str, shape))} voxels are too many; cut or shrink it first."
        )
    if not (image.header["qform_code"] or image.header["sform_code"]):
        raise InputError(
            f"{path}: does not say how it lies in the patient (qform and sform are unset), so left and right "
            "are unknown; set one of them first."
        )
    affine = np.asarray(image.affine, np.float64)
    if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-9:
        raise InputError(f"{path}: its voxels have no volume in the patient (a bad affine); repair it first.")
    x, y, z = (tuple(map(float, row)) for row in affine[:3])
    return Grid(shape, (x, y, z))


def _shape(path: Path, image: Any) -> Step:
    shape = tuple(map(int, image.shape))
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    if len(shape) > 3:
        many = " × ".join(map(str, shape))
        raise InputError(f"{path}: {len(shape)} dimensions ({many}); take one volume out of it first.")
    if not shape or 0 in shape:
        raise InputError(f"{path}: holds no voxels; fetch it again.")
    i, j, k = (*shape, 1, 1)[:3]
    return (i, j, k)


def _safely(path: Path, read: Callable[[], _Answer]) -> _Answer:
    """Read; damaged files make nibabel raise nearly anything, and remark on more."""
    try:
        with LoggingOutputSuppressor():
            return read()
    except Exception as error:
        raise InputError(f"{path}: damaged, cut short or not NIfTI ({first_line(error)}).") from error


def _places(id: str, grid: Grid, axis: Axis) -> Iterator[Place]:
    """Yield where each slice lies, in order."""
    turned = nibabel.io_orientation(np.vstack([grid.affine, (0, 0, 0, 1)]))
    across, down, along = (_in_voxels(way, turned) for way in _VIEWS[axis])
    count = max(abs(step) * size for step, size in zip(along, grid.shape, strict=True))
    # Where a step goes down an axis, it starts at its far end.
    steps = zip(across, down, along, strict=True)
    ends = [size - 1 if -1 in way else 0 for size, way in zip(grid.shape, steps, strict=True)]
    for index in range(count):
        i, j, k = (end + index * step for end, step in zip(ends, along, strict=True))
        yield Place(id, index, grid, (i, j, k), down, across)


def _in_voxels(way: Step, turned: NDArray[Any]) -> Step:
    """Turn a way in the patient into a step along the nearest axis of the voxels."""
    i, j, k = (int(way[int(axis)] * sign) for axis, sign in turned)
    return (i, j, k)

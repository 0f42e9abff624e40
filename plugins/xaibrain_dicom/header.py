"""What a DICOM file says of its pictures, without their pixels."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset

from xaibrain.errors import InputError
from xaibrain.reading import PIXEL_LIMIT, opened

_Answer = TypeVar("_Answer")

_LEAST_STEP = 1e-3
_GROUPS = (0x0018, 0x0020, 0x0028)
_FRAME_ITEMS = (
    "PixelValueTransformationSequence", "FrameVOILUTSequence", "PlanePositionSequence",
    "PlaneOrientationSequence", "PixelMeasuresSequence",
)  # fmt: skip


class Plane(NamedTuple):
    """Where a frame lies, in DICOM's own terms: millimetres towards left, back and head.

    Attributes:
        origin: The centre of the first pixel.
        across: The step from one column to the next.
        down: The step from one row to the next.
        thickness: Millimetres to the next slice, as far as the file says; 1 if it does not.
    """

    origin: NDArray[np.float64]
    across: NDArray[np.float64]
    down: NDArray[np.float64]
    thickness: float

    @property
    def normal(self) -> NDArray[np.float64]:
        """The unit vector across the plane."""
        normal = np.cross(self.across, self.down)
        return np.asarray(normal / np.linalg.norm(normal))


def header_of(path: Path) -> Dataset:
    """Read all but the pixels.

    Raises:
        InputError: It is no DICOM file, holds no picture, or one that is too large.
    """
    return _read(path, stop_before_pixels=True)


def dataset_of(path: Path) -> Dataset:
    """Read a file with its pixels; raises as `header_of` does."""
    return _read(path, stop_before_pixels=False)


def _read(path: Path, stop_before_pixels: bool) -> Dataset:
    with opened(path) as file:
        # Old files lack the preamble; what is then read is told from noise by what it holds.
        found = safely(path, lambda: pydicom.dcmread(file, stop_before_pixels=stop_before_pixels, force=True))
        kind = safely(path, lambda: _kind(found))
        rows, columns = safely(path, lambda: (int(found.get("Rows") or 0), int(found.get("Columns") or 0)))
    if not (rows and columns):
        told = f"holds no picture ({kind})" if kind else "not a DICOM file, or damaged"
        raise InputError(f"{path}: {told}; leave it out.")
    if rows * columns > PIXEL_LIMIT:
        raise InputError(f"{path}: {rows} × {columns} pixels are too many; scale it down first.")
    return found


def _kind(found: Dataset) -> str:
    meta = getattr(found, "file_meta", Dataset())
    uid = found.get("SOPClassUID") or meta.get("MediaStorageSOPClassUID")
    return str(getattr(uid, "name", uid)) if uid else ""


def safely(path: Path, read: Callable[[], _Answer]) -> _Answer:
    """Read; damaged files make pydicom raise nearly anything, and warn of more.

    What it says may quote the file, so none of it is passed on but the kind of the error.
    """
    try:
        with quiet():
            return read()
    except MemoryError:
        raise InputError(f"{path}: too large for this machine's memory.") from None
    # Of pydicom's decoders: none can, or those that can have failed.
    except (NotImplementedError, RuntimeError) as error:
        raise InputError(f"{path}: its pixels cannot be decompressed; convert or fetch it again.") from error
    except Exception as error:
        told = f"damaged, cut short or against the standard ({type(error).__name__})"
        raise InputError(f"{path}: {told}; fetch it again.") from error


@contextmanager
def quiet() -> Iterator[None]:
    """Keep pydicom's remarks to itself: they quote values, and values may name a patient."""
    logger = logging.getLogger("pydicom")
    before = logger.disabled
    logger.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = before


def frame_count(header: Dataset) -> int:
    """Return how many frames a file holds."""
    return max(1, int(header.get("NumberOfFrames") or 1))


def frame_header(header: Dataset, frame: int) -> Dataset:
    """Return what holds for one frame: its functional groups, those that are shared, and the file's own."""
    merged = Dataset()
    # Look-up tables of bytes are read in the byte order of the file.
    merged.file_meta = getattr(header, "file_meta", FileMetaDataset())
    for group in _GROUPS:
        merged.update(header.group_dataset(group))
    shared = header.get("SharedFunctionalGroupsSequence") or []
    single = header.get("PerFrameFunctionalGroupsSequence") or []
    for groups in (*shared[:1], *single[frame : frame + 1]):
        for item in _FRAME_ITEMS:
            for values in (groups.get(item) or [])[:1]:
                merged.update(values)
    return merged


def plane_of(frame: Dataset) -> Plane | None:
    """Return where a frame lies; None where that is not said, or cannot be."""
    origin, spacing = numbers(frame, "ImagePositionPatient", 3), numbers(frame, "PixelSpacing", 2)
    turned = numbers(frame, "ImageOrientationPatient", 6)
    if origin is None or spacing is None or turned is None or (spacing <= 0).any():
        return None
    across, down = turned[:3], turned[3:]
    off = (np.linalg.norm(across) - 1, np.linalg.norm(down) - 1, across @ down)
    if np.abs(off).max() > 0.01:
        return None
    steps = [numbers(frame, name, 1) for name in ("SpacingBetweenSlices", "SliceThickness")]
    sizes = [abs(float(step[0])) for step in steps if step is not None]
    thickness = next((size for size in sizes if size > _LEAST_STEP), 1.0)
    return Plane(origin, across * spacing[1], down * spacing[0], thickness)


def numbers(frame: Dataset, name: str, count: int) -> NDArray[np.float64] | None:
    """Return so many finite numbers of an attribute, or None."""
    value: Any = frame.get(name)
    try:
        found = np.atleast_1d(np.asarray(value, np.float64)) if value is not None else np.zeros(0)
    except (TypeError, ValueError):
        return None
    return found if found.shape == (count,) and np.isfinite(found).all() else None

"""One slice of the dataset `cheng`: a MATLAB 7.3 file, which is HDF5, with the struct `cjdata`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import cv2
import h5py
import numpy as np
from numpy.typing import NDArray

from xaibrain.errors import InputError
from xaibrain.types import Mask, Pixels

SLICE = r"[1-9]\d*\.mat"
"""Names of the files, 1.mat to 3064.mat."""

LABELS = {1: "meningioma_tumor", 2: "glioma_tumor", 3: "pituitary_tumor"}
"""What the numbers in `cjdata.label` mean."""

Border: TypeAlias = NDArray[np.float64]
"""(n, 2): x and y in pixels of points on a closed outline; (0, 0) is the centre of the first pixel."""

_Answer = TypeVar("_Answer")


class Slice:
    """An open file; each field is read when it is asked for.

    MATLAB stores columns first: what HDF5 shows as (columns, rows) is turned back.

    Args:
        fields: The group `cjdata`.
    """

    def __init__(self, fields: Any) -> None:
        self._fields = fields

    def pixels(self) -> Pixels:
        """Return (h, w) uint16, or float32 where the file holds negative or broken values."""
        stored = self._matrix("image")
        whole = stored.dtype.kind in "iu" and stored.min() >= 0 and stored.max() < 2**16
        return stored.astype(np.uint16 if whole else np.float32)

    def label(self) -> str:
        """Return the class."""
        number = int(self._values("label").item())
        if number not in LABELS:
            raise ValueError(f"label {number} is none of 1, 2, 3")
        return LABELS[number]

    def patient(self) -> str:
        """Return the patient's number, as text: it may hold letters."""
        return "".join(map(chr, self._values("PID").ravel().tolist()))

    def mask(self) -> Mask:
        """Return (h, w) bool, True on the lesion."""
        return np.asarray(self._matrix("tumorMask") != 0)

    def border(self) -> Border:
        """Return the outline as it was drawn.

        The file lists x, y, x, y …, says its publisher; if the points taken the other way round
        overlap the mask better, they are taken so. Pixels are taken to be counted from 1, as in MATLAB.
        """
        points = self._values("tumorBorder").ravel().astype(np.float64)
        if points.size % 2 or points.size < 6:
            raise ValueError(f"tumorBorder holds {points.size} numbers, not pairs of at least 3 points")
        pairs = points.reshape(-1, 2) - 1
        mask = self.mask()
        return max((pairs, pairs[:, ::-1]), key=lambda outline: _overlap(outline, mask)).copy()

    def _values(self, name: str) -> NDArray[Any]:
        if name not in self._fields:
            raise ValueError(f"cjdata has no {name}")
        return np.asarray(self._fields[name])

    def _matrix(self, name: str) -> NDArray[Any]:
        values = self._values(name)
        if values.ndim != 2 or 0 in values.shape:
            raise ValueError(f"{name} of shape {values.shape} is no picture")
        return np.ascontiguousarray(values.T)


def read_slice(path: Path, read: Callable[[Slice], _Answer]) -> _Answer:
    """Open a file and read from it.

    Raises:
        InputError: It is missing, damaged, of another version of MATLAB, or lacks what is read.
    """
    try:
        with h5py.File(path, "r") as file:
            if not isinstance(file.get("cjdata"), h5py.Group):
                raise InputError(f"{path}: holds no cjdata; it is no slice of this dataset, leave it out.")
            return read(Slice(file["cjdata"]))
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; fetch the dataset again.") from None
    except OSError as error:
        raise InputError(f"{path}: {_why_not_hdf5(path, error)}") from error
    # What a damaged file holds may be of any kind: text for numbers, a group for an array.
    except (ValueError, TypeError, KeyError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: damaged ({reason}); fetch it again.") from error


def _why_not_hdf5(path: Path, error: OSError) -> str:
    try:
        with path.open("rb") as file:
            start = file.read(19)
    except OSError:
        return f"cannot be read ({error.strerror}); check the disk."
    if start.startswith(b"MATLAB 5.0 MAT-file"):
        return "saved by MATLAB as version 5, not 7.3; take the published file, or save it with -v7.3."
    return "damaged or cut short; fetch it again."


def _overlap(outline: Border, mask: Mask) -> float:
    """Return the intersection over union of a filled outline and a mask."""
    filled = np.zeros(mask.shape, np.uint8)
    cv2.fillPoly(filled, [np.rint(outline).astype(np.int32)], 1)
    union = np.count_nonzero(mask | (filled > 0))
    return np.count_nonzero(mask & (filled > 0)) / union if union else 0.0

"""The pixels of a frame, as its file wants them seen."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi, apply_windowing
from pydicom.pixels.utils import pixel_array

from xaibrain_dicom.header import frame_header


def shown(dataset: Dataset, index: int, window: int | None) -> NDArray[Any]:
    """Return one frame as it is to be shown: high is bright.

    Args:
        dataset: The file, pixels included.
        index: The frame.
        window: Which of its windows or look-up tables to look through; None for none.

    Returns:
        (h, w) grey: uint8 through a window, else in the units of the modality; or (h, w, 3) uint8.

    Raises:
        IndexError: There are windows, and not so many.
    """
    stored = pixel_array(dataset, index=index, raw=False)
    kind = str(dataset.PhotometricInterpretation)
    if kind == "PALETTE COLOR":
        deep = dataset.RedPaletteColorLookupTableDescriptor[2] > 8
        return _eight_bits(apply_color_lut(stored, dataset), 16 if deep else 8)
    if stored.ndim == 3:
        return _eight_bits(stored, int(dataset.BitsStored))
    frame = frame_header(dataset, index)
    values = apply_modality_lut(stored, frame)
    values = values.astype(np.float32) if values.dtype.kind == "f" else values
    seen = values if window is None else _through(values, frame, window)
    if kind == "MONOCHROME1":
        seen = 255 - seen if seen.dtype == np.uint8 else seen.max() - seen + seen.min()
    return np.ascontiguousarray(seen, seen.dtype.newbyteorder("="))


def windows_of(frame: Dataset) -> int:
    """Return how many windows, or else look-up tables, a frame may be looked through."""
    tables = len(frame.get("VOILUTSequence") or ())
    if tables or frame.get("WindowCenter") is None or frame.get("WindowWidth") is None:
        return tables
    return int(frame["WindowCenter"].VM)


def _through(values: NDArray[Any], frame: Dataset, window: int) -> NDArray[Any]:
    """Look through a window, black at 0 and white at 255; without any, the values stay as they are."""
    count = windows_of(frame)
    if count and not 0 <= window < count:
        raise IndexError(count)
    if frame.get("VOILUTSequence"):
        table = frame.VOILUTSequence[window]
        whole = values if values.dtype.kind in "iu" else np.rint(values).astype(np.int64)
        return _eight_bits(apply_voi(whole, frame, window), int(table.LUTDescriptor[2]))
    if not count:
        return values
    # Asked of a frame of 8 bits without rescaling, pydicom answers from 0 to 255.
    plain = Dataset()
    plain.WindowCenter, plain.WindowWidth = frame.WindowCenter, frame.WindowWidth
    plain.VOILUTFunction = frame.get("VOILUTFunction") or "LINEAR"
    plain.PhotometricInterpretation, plain.BitsStored, plain.PixelRepresentation = "MONOCHROME2", 8, 0
    return np.asarray(np.rint(apply_windowing(values, plain, window)).astype(np.uint8))


def _eight_bits(values: NDArray[Any], bits: int) -> NDArray[np.uint8]:
    scaled = np.rint(values.astype(np.float64) * (255 / (2**bits - 1)))
    return np.asarray(scaled.clip(0, 255), np.uint8)

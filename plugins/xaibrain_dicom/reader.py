"""DICOM files, frame by frame; series as volumes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os.path import commonpath
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
from pydicom.dataset import Dataset

from xaibrain import Image, Part
from xaibrain.errors import InputError
from xaibrain.reading import opened
from xaibrain_dicom.header import (
    dataset_of,
    frame_count,
    frame_header,
    header_of,
    numbers,
    plane_of,
    safely,
)
from xaibrain_dicom.pixels import shown, windows_of
from xaibrain_dicom.series import Frame, parts_of, volumes_of

_ORDER = ("AcquisitionNumber", "TemporalPositionIdentifier", "EchoNumbers", "InstanceNumber")


class _File(NamedTuple):
    path: Path
    dataset: Dataset
    sha256: str


@dataclass(frozen=True)
class DicomReader:
    """Reads DICOM files with pictures in them, plain or compressed.

    Frames that say where they lie are sorted along their normal and make volumes, within a file or over the
    files of a series, whatever these are called. Others are pictures of their own.

    Stored values go through the modality's rescaling or look-up table, and then through a window or VOI
    look-up table to uint8. A frame without any stays in the modality's own units. MONOCHROME1 is turned
    round, so that high is bright; colours come as RGB of 8 bits. Overlays and presentation states are not
    applied.

    Attributes:
        window: Which of the file's windows to look through, from 0; none for the full range of the values.
    """

    window: int | None = 0
    _last: list[_File] = field(default_factory=list, init=False, repr=False, compare=False)

    def parts(self, files: Sequence[tuple[Path, str]]) -> list[Part]:
        """List the pictures, volumes as their slices; a DICOMDIR among other files is passed over."""
        found: list[tuple[int, list[Part]]] = []
        slices: list[Frame] = []
        ids = {path: (number, id) for number, (path, id) in enumerate(files)}
        for path, (number, id) in ids.items():
            try:
                frames = _frames(path, header_of(path))
            except InputError:
                if len(files) == 1 or path.name.upper() != "DICOMDIR":
                    found.append((number, [Part(path, id)]))
                continue
            if len(frames) == 1:
                slices += frames
            else:
                found.append((number, _of_one_file(id, frames)))
        for number, name, frames in _series(slices, ids):
            found.append((number, parts_of(name, frames, single=len(frames) == 1)))
        return [part for _, parts in sorted(found, key=lambda one: one[0]) for part in parts]

    def read(self, part: Part) -> Image:
        """Read one frame.

        Raises:
            InputError: The file is no DICOM, holds no picture, is damaged or compressed in a way that is not
                read, or has no such window.
        """
        if not self._last or self._last[0].path != part.path:
            with opened(part.path) as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            self._last[:] = [_File(part.path, dataset_of(part.path), digest)]
        _, dataset, sha256 = self._last[0]
        frame = safely(part.path, lambda: frame_header(dataset, part.index))
        self._refuse_window(part.path, safely(part.path, lambda: windows_of(frame)))
        pixels = safely(part.path, lambda: shown(dataset, part.index, self.window))
        if not np.isfinite(pixels).all():
            raise InputError(f"{part.path}: holds NaN or infinity; replace them first.")
        step = safely(part.path, lambda: numbers(frame, "PixelSpacing", 2))
        return Image(
            pixels, part.id, str(part.path), file_sha256=sha256, place=part.place, part=part,
            spacing=None if step is None else (float(step[0]), float(step[1])),
        )  # fmt: skip

    def _refuse_window(self, path: Path, count: int) -> None:
        if count and self.window is not None and not 0 <= self.window < count:
            raise InputError(f"{path}: no window {self.window}; it has {count}, counted from 0.")


def _frames(path: Path, header: Dataset) -> list[Frame]:
    """List the frames of a file."""
    count = safely(path, lambda: frame_count(header))
    return safely(path, lambda: [_frame(path, header, index, count) for index in range(count)])


def _frame(path: Path, header: Dataset, index: int, count: int) -> Frame:
    size = (int(header.Rows), int(header.Columns))
    # Frames of one file belong together, whatever it says of its series.
    series = str(header.get("SeriesInstanceUID", "")) if count == 1 else ""
    order = (*(int(header.get(name) or 0) for name in _ORDER), index)
    return Frame(path, index, size, plane_of(frame_header(header, index)), series, order)


def _of_one_file(id: str, frames: Sequence[Frame]) -> list[Part]:
    """Name the frames of a file after it; where they make several volumes, these are numbered."""
    origins = {tuple(frame.plane.origin) if frame.plane else () for frame in frames}
    # One place for all of them is that of the file: a film, or a dose.
    if () in origins or len(origins) == 1:
        digits = len(str(len(frames) - 1))
        return [Part(frame.path, f"{id}/{frame.number:0{digits}d}", frame.number) for frame in frames]
    volumes = list(volumes_of(frames))
    names = [id] if len(volumes) == 1 else [f"{id}/volume-{number}" for number in range(1, len(volumes) + 1)]
    return [
        part
        for name, volume in zip(names, volumes, strict=True)
        for part in parts_of(name, volume, single=False)
    ]


def _series(
    slices: Sequence[Frame], ids: Mapping[Path, tuple[int, str]]
) -> Iterator[tuple[int, str, list[Frame]]]:
    """Yield what files of one frame make: the number of the first of them, a name, and their frames.

    A volume is named after the folder of its files, never by what stands in them.
    """
    numbers_taken: dict[str, int] = {}
    loose = [frame for frame in slices if frame.plane is None]
    placed = [frame for frame in slices if frame.plane is not None]
    for frames in [*([frame] for frame in loose), *volumes_of(placed)]:
        members = [ids[frame.path] for frame in frames]
        name = members[0][1]
        if len(frames) > 1:
            above = commonpath([PurePosixPath("/", id).parent for _, id in members]).strip("/")
            numbers_taken[above] = numbers_taken.get(above, 0) + 1
            name = "/".join(filter(None, (above, f"series-{numbers_taken[above]}")))
        yield min(number for number, _ in members), name, frames

"""The maps of slices as the frames of one DICOM object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from xaibrain import Explanation
from xaibrain_dicom.geometry import geometry_of, place_of
from xaibrain_dicom.labels import NOTICE, labels, maker
from xaibrain_dicom.source import sources_of


@dataclass(frozen=True)
class Frames:
    """Maps, what they were made from, and where they lie.

    Attributes:
        values: (slices, rows, columns) float32, signed and raw; 0 where a map is not finite.
        sources: The files that the slices were read from, each once.
        said: What highdicom's constructors ask of any object of several frames.
    """

    values: NDArray[np.float32]
    sources: list[Dataset]
    said: dict[str, Any]


def frames_of(explanations: Sequence[Explanation], deidentify: bool, kind: str, number: int) -> Frames:
    """Return the maps of slices as frames.

    Args:
        explanations: Of the slices of one volume.
        deidentify: Whether names, dates and UIDs of the source are replaced.
        kind: What the object is, in a word.
        number: Of its series.

    Raises:
        InputError: The pictures do not come from DICOM files, or these do not say where they lie.
    """
    sources = sources_of(explanations, deidentify)
    measures, orientation, positions = geometry_of([place_of(one) for one in explanations])
    values = np.nan_to_num(np.stack([one.on_source() for one in explanations]), posinf=0, neginf=0)
    said = {
        **labels(explanations[0], sources[0], kind, number),
        **maker(),
        "source_images": sources,
        "instance_number": 1,
        "content_label": "XAIBRAIN",
        "content_description": NOTICE,
        "pixel_measures": measures,
        "plane_orientation": orientation,
        "plane_positions": positions,
    }
    return Frames(values, sources, said)

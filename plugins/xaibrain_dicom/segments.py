"""Where maps are strongest, as DICOM Segmentations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from highdicom.seg import Segmentation, SegmentDescription
from pydicom.sr.codedict import codes

from xaibrain import Explanation
from xaibrain.errors import InputError
from xaibrain_dicom.frames import frames_of
from xaibrain_dicom.labels import algorithm_of, saved, told_of
from xaibrain_dicom.source import holding


@dataclass(frozen=True)
class SegmentWriter:
    """Writes where a map is at least a share of its largest value in the volume; other slices have no frame.

    Attributes:
        threshold: That share, above 0 and at most 1.
        deidentify: Whether names, dates and UIDs of the source are replaced.
    """

    volumes: ClassVar[bool] = True
    threshold: float = 0.5
    deidentify: bool = False

    def write(self, explanations: Sequence[Explanation], folder: Path, stem: str) -> list[Path]:
        """Write one `.dcm` file.

        Raises:
            InputError: The pictures do not come from DICOM files, these do not say where they lie, or nothing
                speaks for the class.
        """
        frames = frames_of(explanations, self.deidentify, "outline", 9003)
        readable = np.array([one.status == "ok" for one in explanations])[:, None, None]
        values = np.where(readable, frames.values, np.float32(0))
        one, top = explanations[0], float(values.max())
        if top <= 0:
            raise InputError(f"{one.image.id}: nothing speaks for {one.target}; there is nothing to outline.")
        path = folder / f"{stem}.dcm"
        with holding(one):
            segment = SegmentDescription(
                segment_number=1,
                segment_label=told_of(one),
                segmented_property_category=codes.SCT.SpatialAndRelationalConcept,
                segmented_property_type=codes.DCM.SelectedRegion,
                algorithm_type="AUTOMATIC",
                algorithm_identification=algorithm_of(one),
            )
            made = Segmentation(
                pixel_array=(values >= self.threshold * top).astype(np.uint8),
                segmentation_type="BINARY",
                segment_descriptions=[segment],
                **frames.said,
            )
            made.ContentQualification = "RESEARCH"
            saved(made, frames.sources, path)
        return [path]

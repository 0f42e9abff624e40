"""Overlays as DICOM Secondary Captures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from highdicom.sc import SCImage
from pydicom.dataset import Dataset

from xaibrain import Explanation
from xaibrain.render.overlay import overlay
from xaibrain_dicom.labels import NOTICE, labels, saved, told_of
from xaibrain_dicom.source import holding, sources_of


@dataclass(frozen=True)
class CaptureWriter:
    """Writes each overlay as a Secondary Capture in the study of its source, which it refers to.

    Attributes:
        deidentify: Whether names, dates and UIDs of the source are replaced.
    """

    volumes: ClassVar[bool] = False
    deidentify: bool = False

    def write(self, explanations: Sequence[Explanation], folder: Path, stem: str) -> list[Path]:
        """Write one `.dcm` file.

        Raises:
            InputError: The picture does not come from a DICOM file.
        """
        [explanation] = explanations
        [source] = sources_of(explanations, self.deidentify)
        image = explanation.image
        path = folder / f"{stem}.dcm"
        with holding(explanation):
            made = SCImage.from_ref_dataset(
                source,
                pixel_array=overlay(explanation),
                photometric_interpretation="RGB",
                bits_allocated=8,
                coordinate_system="PATIENT",
                instance_number=(image.place.index if image.place else 0) + 1,
                pixel_spacing=image.spacing,
                patient_orientation=_orientation(explanation),
                **labels(explanation, source, "overlay", 9001),
            )
            made.DerivationDescription = f"{told_of(explanation)}. {NOTICE}"
            made.ImageComments = NOTICE
            made.SourceImageSequence = [_reference(source, image.part.index if image.part else 0)]
            # What is burned into the scan is burned into its overlay.
            if "BurnedInAnnotation" in source:
                made.BurnedInAnnotation = source.BurnedInAnnotation
            saved(made, [source], path)
        return [path]


def _orientation(explanation: Explanation) -> tuple[str, str] | None:
    """Return where rows and columns go to, in DICOM's letters, which call up head and down feet."""
    place = explanation.image.place
    if place is None:
        return None
    _, right, _, bottom = (edge.translate(str.maketrans("SI", "HF")) for edge in place.edges)
    return (right, bottom)


def _reference(source: Dataset, frame: int) -> Dataset:
    reference = Dataset()
    reference.ReferencedSOPClassUID = source.SOPClassUID
    reference.ReferencedSOPInstanceUID = source.SOPInstanceUID
    if "NumberOfFrames" in source:
        reference.ReferencedFrameNumber = frame + 1
    return reference

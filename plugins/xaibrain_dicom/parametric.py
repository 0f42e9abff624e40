"""Maps as DICOM Parametric Maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from highdicom import VOILUTTransformation
from highdicom.pm import ParametricMap, RealWorldValueMapping
from pydicom.sr.codedict import codes

from xaibrain import Explanation
from xaibrain_dicom.frames import frames_of
from xaibrain_dicom.labels import saved, told_of
from xaibrain_dicom.source import holding


@dataclass(frozen=True)
class ParametricWriter:
    """Writes maps as float32, signed and raw, one frame for each slice that was explained.

    Attributes:
        deidentify: Whether names, dates and UIDs of the source are replaced.
    """

    volumes: ClassVar[bool] = True
    deidentify: bool = False

    def write(self, explanations: Sequence[Explanation], folder: Path, stem: str) -> list[Path]:
        """Write one `.dcm` file.

        Raises:
            InputError: The pictures do not come from DICOM files, or these do not say where they lie.
        """
        frames = frames_of(explanations, self.deidentify, "map", 9002)
        low, high = float(frames.values.min()), float(frames.values.max())
        path = folder / f"{stem}.dcm"
        with holding(explanations[0]):
            mapping = RealWorldValueMapping(
                lut_label="map", lut_explanation=told_of(explanations[0]), unit=codes.UCUM.NoUnits,
                value_range=(low, high), slope=1.0, intercept=0.0,
            )  # fmt: skip
            window = VOILUTTransformation((low + high) / 2, max(high - low, 1e-6))
            made = ParametricMap(
                pixel_array=frames.values,
                contains_recognizable_visual_features=False,
                real_world_value_mappings=[mapping],
                voi_lut_transformations=[window],
                **frames.said,
            )
            saved(made, frames.sources, path)
        return [path]

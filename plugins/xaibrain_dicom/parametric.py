"""Maps as DICOM Parametric Maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from highdicom import VOILUTTransformation
from highdicom.pm import ParametricMap, RealWorldValueMapping
from pydicom.sr.codedict import codes
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from xaibrain import Explanation
from xaibrain_dicom.geometry import geometry_of, place_of
from xaibrain_dicom.labels import NOTICE, maker, series_uid, told_of
from xaibrain_dicom.source import holding, sources_of


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
        sources = sources_of(explanations, self.deidentify)
        measures, orientation, positions = geometry_of([place_of(one) for one in explanations])
        values = np.nan_to_num(np.stack([one.on_source() for one in explanations]), posinf=0, neginf=0)
        low, high = float(values.min()), float(values.max())
        one = explanations[0]
        with holding(one):
            mapping = RealWorldValueMapping(
                lut_label="map", lut_explanation=told_of(one), unit=codes.UCUM.NoUnits,
                value_range=(low, high), slope=1.0, intercept=0.0,
            )  # fmt: skip
            made = ParametricMap(
                source_images=sources,
                pixel_array=values,
                series_instance_uid=series_uid(sources[0].SeriesInstanceUID, "pm", told_of(one)),
                series_number=9002,
                sop_instance_uid=str(generate_uid()),
                instance_number=1,
                **maker(),
                contains_recognizable_visual_features=False,
                real_world_value_mappings=[mapping],
                voi_lut_transformations=[
                    VOILUTTransformation(window_center=(low + high) / 2, window_width=max(high - low, 1e-6))
                ],
                transfer_syntax_uid=ExplicitVRLittleEndian,
                content_label="XAIBRAIN",
                content_description=NOTICE,
                pixel_measures=measures,
                plane_orientation=orientation,
                plane_positions=positions,
                series_description=told_of(one),
            )
            # Not known; the standard wants it said.
            made.Laterality = ""
            path = folder / f"{stem}.dcm"
            made.save_as(path)
        return [path]

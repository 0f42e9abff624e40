"""Maps of volumes as NIfTI files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import nibabel
import numpy as np

from xaibrain import Explanation, Volume


@dataclass(frozen=True)
class NiftiWriter:
    """Writes the map of a volume in the voxels and axes of its source, signed and raw, as float32.

    Voxels of slices that were not explained, and those that the model did not look at, are 0. From the source
    come the shape and the affine, and nothing else.
    """

    volumes: ClassVar[bool] = True

    def write(self, explanations: Sequence[Explanation], folder: Path, stem: str) -> list[Path]:
        """Write one `.nii.gz` file.

        Raises:
            InputError: It is not known where the pictures lie, or their slices are not evenly spaced.
        """
        volume = Volume(tuple(explanations))
        image = nibabel.Nifti1Image(volume.heatmap(), np.vstack([volume.grid.affine, (0, 0, 0, 1)]))
        image.header.set_xyzt_units("mm")
        image.header["descrip"] = b"xaibrain map, for research only"
        path = folder / f"{stem}.nii.gz"
        nibabel.save(image, path)
        return [path]

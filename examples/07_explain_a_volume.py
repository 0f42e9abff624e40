"""Explain a volume slice by slice, rank the slices, and keep the map as a volume.

It needs the extra nifti: pip install "xaibrain[nifti]"

Run it from anywhere: python 07_explain_a_volume.py [FOLDER]
"""

import sys
from pathlib import Path

import nibabel
import numpy as np

import xaibrain

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "xaibrain-out-07")
folder.mkdir(parents=True, exist_ok=True)

# A volume to begin with: drawn slices, one above the other; yours is a file already.
slices = [scan.pixels for scan in xaibrain.load_dataset("phantom", count=6, seed=4)]
voxels = np.stack([np.flipud(pixels).T for pixels in slices], axis=2)
image = nibabel.Nifti1Image(voxels, np.diag((-1.0, 1.0, 5.0, 1.0)))
nibabel.save(image, folder / "scan.nii.gz")

# --8<-- [start:volume]
explained = xaibrain.explain(
    folder / "scan.nii.gz",
    model="phantom-efficientnet",
    target="glioma_tumor",
    reader={"axis": "axial", "slices": (0, 5)},
)
[volume] = xaibrain.assemble(explained)

for position in volume.ranked[:3]:
    explanation = volume.slices[position]
    p = explanation.probabilities["glioma_tumor"]
    evidence = volume.evidence[position]
    print(f"{explanation.image.id}: evidence {evidence:.4f}, p {p:.2f}")
# --8<-- [end:volume]

# --8<-- [start:map]
heatmap = volume.heatmap()  # In the voxels of the file: float32, raw and signed.
first = volume.slices[0].image
print(heatmap.shape, first.place.edges, first.spacing)
# --8<-- [end:map]

np.save(folder / "map.npy", heatmap)

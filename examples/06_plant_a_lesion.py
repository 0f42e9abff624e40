"""Plant a lesion in a slice, and see what of a map's evidence lies on it.

Run it from anywhere: python 06_plant_a_lesion.py [FOLDER]
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

import xaibrain

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "xaibrain-out-06")
folder.mkdir(parents=True, exist_ok=True)

# --8<-- [start:plant]
phantom = xaibrain.load_dataset("phantom")

# Any slice of a head does: a scan of your own is xaibrain.read_image("scan.jpg").
scan = phantom.healthy(9)
planted = phantom.plant(scan, "glioma_tumor", seed=2)

# Or where, and how large: the middle (row, column) in shares of the picture,
# the radius in shares of the head's width.
larger = phantom.plant(scan, "meningioma_tumor", seed=2, radius=0.1, place=(0.35, 0.7))
# --8<-- [end:plant]

for picture in (scan, planted, larger):
    Image.fromarray(picture.pixels).save(folder / f"{picture.id}.png")
    print(picture.id, picture.label, int(picture.mask.sum()), "pixels of tumour")

# --8<-- [start:judge]
[explanation] = xaibrain.explain(planted, model="phantom-efficientnet", target="label")
evidence = np.maximum(explanation.on_source(), 0)
share = evidence[planted.mask].sum() / max(evidence.sum(), 1e-9)
print(f"{share:.2f} of the evidence on {planted.mask.mean():.2f} of the picture")
# --8<-- [end:judge]

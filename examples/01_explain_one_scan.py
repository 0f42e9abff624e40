"""Explain one scan: from a picture file to a map that can be checked.

Run it from anywhere: python 01_explain_one_scan.py [FOLDER]
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

import xaibrain
from xaibrain.render.axes import show_side_by_side
from xaibrain.render.overlay import overlay

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "xaibrain-out-01")
folder.mkdir(parents=True, exist_ok=True)

# A scan to work with: a drawn one, so that nothing has to be fetched.
# A picture of your own does as well.
scan = folder / "scan.png"
Image.fromarray(xaibrain.load_dataset("phantom")[0].pixels).save(scan)

# --8<-- [start:explain]
# A name that `xaibrain models` lists, or the path of a .keras file.
model = xaibrain.load_model("phantom-efficientnet")

# One explanation a picture, and here there is one picture.
[explanation] = xaibrain.explain(scan, model=model, explainer="gradcam")
# --8<-- [end:explain]

# --8<-- [start:read]
print("predicted", explanation.predicted, explanation.probabilities)
print("explained", explanation.target)
print("status   ", explanation.status)
print("read at  ", explanation.layer_reason)

# The map as it was computed: small, signed, in units of the class score.
raw = explanation.heatmap
print("raw map  ", raw.shape, "from", raw.min(), "to", raw.max())

# The same numbers laid on the pixels of the scan; 0 where the model did not look.
on_scan = explanation.on_source()
row, column = np.unravel_index(on_scan.argmax(), on_scan.shape)
print("strongest at row", row, "column", column, "of", explanation.image.size)
# --8<-- [end:read]

# --8<-- [start:save]
np.save(folder / "heatmap.npy", raw)
Image.fromarray(overlay(explanation)).save(folder / "overlay.png")
# --8<-- [end:save]

# --8<-- [start:axes]
# On Matplotlib axes: the scan, and beside it one or more maps of it.
scan_axes, map_axes = show_side_by_side([explanation], signed=True)
map_axes.set_title("against (blue) and for (red)")
map_axes.figure.savefig(folder / "axes.png")
# --8<-- [end:axes]

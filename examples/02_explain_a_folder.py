"""Explain a folder of scans, one of them damaged, and write a table of what came out.

Run it from anywhere: python 02_explain_a_folder.py [FOLDER]
"""

import csv
import sys
from pathlib import Path

from PIL import Image

import xaibrain
from xaibrain.render.overlay import overlay
from xaibrain.render.sheet import contact_sheet

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "xaibrain-out-02")

# Eight drawn scans, in one sub-folder a class, and a file that is no picture.
scans = folder / "scans"
for image in xaibrain.load_dataset("phantom", count=8, seed=7):
    path = scans / image.label / f"{image.id}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image.pixels).save(path)
(scans / "no_tumor" / "damaged.png").write_bytes(b"not a picture")

# --8<-- [start:folder]
# Any folder is a dataset; its sub-folders are the labels.
# Pictures are read when their turn comes.
pictures = xaibrain.load_dataset("folder", path=str(scans))
outcomes = xaibrain.explain(
    pictures,
    model="phantom-efficientnet",
    explainer="gradcam",
    batch_size=4,
    on_error="yield",
)
# --8<-- [end:folder]

# --8<-- [start:outcomes]
overlays, right = [], 0
with (folder / "table.csv").open("w", newline="", encoding="utf-8") as file:
    table = csv.writer(file)
    table.writerow(["id", "label", "predicted", "p", "status", "largest", "error"])
    for outcome in outcomes:
        if isinstance(outcome, xaibrain.Failure):
            # One bad file is told and left out; the others go on.
            table.writerow([outcome.id, "", "", "", "", "", outcome.error])
            continue
        p = outcome.probabilities[outcome.predicted]
        largest = outcome.heatmap.max()
        table.writerow(
            [
                outcome.image.id,
                outcome.label,
                outcome.predicted,
                p,
                outcome.status,
                largest,
                "",
            ]
        )
        overlays.append(overlay(outcome))
        right += outcome.predicted == outcome.label
Image.fromarray(contact_sheet(overlays)).save(folder / "sheet.png")
# --8<-- [end:outcomes]

print((folder / "table.csv").read_text(encoding="utf-8"))
print(f"{right} of {len(overlays)} right")

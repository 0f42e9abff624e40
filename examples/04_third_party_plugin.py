"""Use an explainer that somebody else wrote, and compare Grad-CAM with it.

First install the plugin that lies beside this file: pip install plugins/xaibrain-centre
Then run this from anywhere: python 04_third_party_plugin.py [FOLDER]
"""

import json
import sys
from pathlib import Path

import numpy as np

import xaibrain

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "xaibrain-out-04")
folder.mkdir(parents=True, exist_ok=True)


# --8<-- [start:share]
def share_on_lesion(explanation):
    """Return how much of the positive evidence lies on the lesion, from 0 to 1."""
    evidence = np.maximum(explanation.on_source(), 0)
    return float(evidence[explanation.image.mask].sum() / evidence.sum())


# --8<-- [end:share]


# --8<-- [start:compare]
# The plugin's explainer has a name like any other. Nothing of the plugin is imported.
methods = {
    "gradcam": xaibrain.load_explainer("gradcam"),
    "centre": xaibrain.load_explainer("centre", width=0.25),
}
# Phantom knows where its lesions are.
phantom = xaibrain.load_dataset("phantom", count=24, seed=3)
lesions = [image for image in phantom if image.mask.any()]
shares = {}
for name, method in methods.items():
    # What speaks for the lesion, against there being none.
    explanations = xaibrain.explain(
        lesions,
        model="phantom-efficientnet",
        explainer=method,
        target="label:no_tumor",
    )
    # A map without any positive evidence has no share.
    shares[name] = [
        share_on_lesion(explanation)
        for explanation in explanations
        if explanation.status == "ok"
    ]
    mean, count = np.mean(shares[name]), len(shares[name])
    print(f"{name:8} {mean:.2f} of the evidence on the lesion, {count} maps")
# --8<-- [end:compare]

(folder / "shares.json").write_text(json.dumps(shares, indent=1))

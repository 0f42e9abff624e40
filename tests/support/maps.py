"""Explanations made of a map and a mask, without any model."""

import numpy as np

from xaibrain import Explanation, Geometry, Image, Provenance
from xaibrain.ops.status import status_of


def explained(heatmap, mask=None, *, pixels=None, crop=None, target="ill", **image):
    """An explanation whose frame is the picture, or a crop of it."""
    heatmap = np.asarray(heatmap, np.float32)
    size = np.shape(mask) if mask is not None else heatmap.shape if pixels is None else pixels.shape[:2]
    crop = crop or (0, 0, *size)
    frame = (crop[2] - crop[0], crop[3] - crop[1])
    return Explanation(
        image=Image(
            np.zeros(size, np.uint8) if pixels is None else pixels,
            "made",
            mask=None if mask is None else np.asarray(mask, bool),
            **image,
        ),
        heatmap=heatmap,
        geometry=Geometry(size, crop, frame, (0, 0, *frame)),
        target=target,
        predicted=target,
        probabilities={"healthy": 0.25, "ill": 0.75},
        layer=None,
        layer_reason="",
        status=status_of(heatmap),
        provenance=Provenance("given", {}, "none", "", {}, "", "", {}),
    )

"""Where maps are strongest, as boxes and masks in COCO's JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np

from xaibrain import Explanation
from xaibrain.types import Mask

_FILE = "annotations.json"


@dataclass(frozen=True)
class CocoWriter:
    """Writes the connected regions in which a map is at least a share of its largest value.

    Each has a box (x, y, width, height in pixels, from the upper left corner), a mask (uncompressed run
    lengths, column by column), an area and a `score`: the largest value of the map in it, raw. One file holds
    the whole run.

    Attributes:
        threshold: That share, above 0 and at most 1.
    """

    volumes: ClassVar[bool] = False
    threshold: float = 0.5

    def write(self, explanations: Sequence[Explanation], folder: Path, stem: str) -> list[Path]:
        """Write the regions of one map; `finish` puts them together."""
        [explanation] = explanations
        height, width = explanation.image.size
        told = {
            "image": {"file_name": explanation.image.id, "height": height, "width": width},
            "category": explanation.target,
            "explainer": explanation.provenance.explainer,
            "regions": [_region(*region) for region in self._regions(explanation)],
        }
        (folder / f"{stem}.part").write_text(json.dumps(told, ensure_ascii=False), "utf-8")
        return [folder / _FILE]

    def _regions(self, explanation: Explanation) -> list[tuple[Mask, float]]:
        laid = explanation.on_source()
        top = float(laid.max()) if explanation.status == "ok" else 0.0
        if top <= 0:
            return []
        count, labels = cv2.connectedComponents((laid >= self.threshold * top).astype(np.uint8))
        masks = [labels == label for label in range(1, count)]
        return [(mask, float(laid[mask].max())) for mask in masks]

    def finish(self, folder: Path) -> None:
        """Put the regions of all maps into one file, in the order of their names."""
        images: dict[str, dict[str, Any]] = {}
        categories: dict[str, int] = {}
        annotations: list[dict[str, Any]] = []
        for path in sorted(folder.glob("*.part")):
            told = json.loads(path.read_text("utf-8"))
            name = told["image"]["file_name"]
            image = images.setdefault(name, {"id": len(images) + 1, **told["image"]})
            category = categories.setdefault(told["category"], len(categories) + 1)
            for region in told["regions"]:
                of = {"image_id": image["id"], "category_id": category, "explainer": told["explainer"]}
                annotations.append({"id": len(annotations) + 1, **of, **region})
            path.unlink()
        if images:
            found = {
                "info": {"description": "Regions of xaibrain maps. For research only: not a medical device."},
                "images": list(images.values()),
                "categories": [{"id": number, "name": name} for name, number in categories.items()],
                "annotations": annotations,
            }
            (folder / _FILE).write_text(json.dumps(found, ensure_ascii=False), "utf-8")


def _region(mask: Mask, score: float) -> dict[str, Any]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    box = (columns[0], rows[0], columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1)
    return {
        "bbox": [int(number) for number in box],
        "area": int(mask.sum()),
        "segmentation": {"size": list(mask.shape), "counts": _runs(mask)},
        "iscrowd": 1,
        "score": score,
    }


def _runs(mask: Mask) -> list[int]:
    """Return how long the runs of False and True are, in turn, down the columns; the first may be 0."""
    values = np.concatenate([[False], mask.ravel(order="F")])
    ends = np.flatnonzero(values[1:] != values[:-1])
    return [int(run) for run in np.diff([0, *ends, mask.size])]

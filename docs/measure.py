"""Measures brain-mri-efficientnet-b0 anew for the pages: python docs/measure.py BOXES.

BOXES is a folder of slices with boxes.csv beside them. brain-mri must be on this machine. What is written
holds numbers alone, no pictures; the commands that print the same stand on the pages.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

import xaibrain
from xaibrain.audit.hashing import perceptual_hash

MODEL = "brain-mri-efficientnet-b0"
FILE = Path(__file__).parent / "measured" / f"{MODEL}.json"
METHODS = ("gradcam", "gradcam++", "hirescam", "saliency")
METRICS = ("pointing-game", "relevance-ratio", "relevance-mass")


def main(boxes: str) -> None:
    """Write everything into one file."""
    model = xaibrain.load_model(MODEL)
    told = {
        "model": MODEL,
        "fingerprint": model.fingerprint,
        "evaluations": {on: evaluated(on) for on in ("original", "random", "held-out")},
        "where": where(boxes),
    }
    FILE.write_text(json.dumps(told, indent=1) + "\n", "utf-8")


def evaluated(on: Any) -> dict[str, Any]:
    """Return the scores on one choice of pictures."""
    print(f"evaluating on {on}", file=sys.stderr)
    found = xaibrain.evaluate("brain-mri", model=MODEL, on=on)
    scores, unseen, calibration = found.scores, found.unseen, found.calibration
    return {
        "pictures": scores.pictures,
        "groups": scores.groups,
        "seen": len(found.exposure.ids) if found.exposure else None,
        "accuracy": numbers(scores.accuracy),
        "macro_f1": numbers(scores.macro_f1),
        "accuracy_by_group": numbers(scores.accuracy_by_group),
        "macro_f1_by_group": numbers(scores.macro_f1_by_group),
        "roc_auc": numbers(scores.roc_auc),
        "ece": round(scores.ece.value, 4),
        "ece_if_calibrated": numbers(scores.ece_if_calibrated),
        "temperature": found.stored_temperature,
        "ece_unscaled": calibration and round(calibration.before.ece.value, 4),
        "ece_cross_fitted": calibration and round(calibration.after.ece.value, 4),
        "unseen": unseen and {"pictures": unseen.pictures, "accuracy": numbers(unseen.accuracy)},
        "classes": {
            name: [round(own.precision, 4), round(own.recall.value, 4), round(own.f1, 4), own.support]
            for name, own in scores.classes.items()
        },
        "confusion": scores.confusion.tolist(),
    }


def where(boxes: str) -> dict[str, Any]:
    """Return how well the maps for the true class find the boxes: of all slices, and of those not seen."""
    slices = xaibrain.load_dataset(boxes)
    found = xaibrain.benchmark(
        slices,
        model=MODEL,
        explainers=METHODS,
        metrics=METRICS,
        target="label",
        said=lambda what, done, total: print(f"\r{what} {done}/{total} ", end="", file=sys.stderr),
    )
    new = unseen(slices)
    return {
        "pictures": len(found.judged),
        "unseen": len(new),
        "metrics": {
            metric: [
                {
                    "method": standing.name,
                    "baseline": standing.baseline,
                    "mean": numbers(standing.mean),
                    "classes": {name: round(mean.value, 4) for name, mean in standing.classes.items()},
                    "unseen": mean_of(found, standing.name, metric, new),
                    "undefined": sum(standing.undefined.values()),
                }
                for standing in ranking.standings
            ]
            for metric, ranking in found.rankings.items()
        },
    }


def unseen(slices: Any) -> set[str]:
    """Return the ids of slices without a near-duplicate (4 of 64 bits) among those that were trained on."""
    data = xaibrain.load_dataset("brain-mri")
    held_out = set(xaibrain.load_model(MODEL).card["split"]["held_out"])
    trained = [perceptual_hash(image) for image in data if image.id not in held_out]
    hashes = {image.id: perceptual_hash(image) for image in slices}
    return {id for id, own in hashes.items() if all((own ^ other).bit_count() > 4 for other in trained)}


def mean_of(found: Any, method: str, metric: str, ids: set[str]) -> float:
    """Return a method's mean by a metric over some pictures."""
    scores = [one.scores[method][metric].value for one in found.judged if one.id in ids]
    return round(float(np.mean([value for value in scores if value is not None])), 4)


def numbers(estimate: Any) -> list[float]:
    """Return a value and its interval, rounded."""
    return [round(float(number), 6) for number in (estimate.value, estimate.low, estimate.high)]


if __name__ == "__main__":
    main(sys.argv[1])

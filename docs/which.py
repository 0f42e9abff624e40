"""Judges every explainer for the page "Which explainer?": python docs/which.py BOXES [PART]...

BOXES is a folder of slices with boxes.csv beside them; brain-mri must be on this machine. Without a PART all
are measured anew, in about ten minutes on two idle cores. What is written holds numbers alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import kendalltau

import xaibrain
from xaibrain.defaults import BASELINES
from xaibrain.ops.bootstrap import mean_intervals
from xaibrain.testing import PlantedModel

FILE = Path(__file__).parent / "measured" / "which.json"
MODEL = "brain-mri-efficientnet-b0"

LAYER_METHODS = (
    "gradcam", "gradcam++", "hirescam", "xgradcam", "layercam", "gradcam-elementwise", "eigencam",
    "eigengradcam",
)  # fmt: skip
QUICK = (*LAYER_METHODS, "saliency", "input-x-gradient")
"""One or two passes a picture."""
SLOW = (
    "scorecam", "ablationcam", "smoothgrad", "vargrad", "squaregrad", "integrated-gradients", "gradient-shap",
    "occlusion", "rise", "lime", "kernel-shap", "sobol",
)  # fmt: skip
"""Dozens to a thousand passes a picture."""
CENTRED = {"rise-covariance": ("rise", {"estimate": "covariance"})}
"""Methods by another name, with parameters."""
EVERY = (*QUICK, *SLOW, *CENTRED)
LAYERS = ("auto", "block6d_add", "block5c_add", "block4c_add", "block3b_add")
"""Of EfficientNet-B0, from the last."""
WHERE = ("relevance-mass", "pointing-game")
FAITHFUL = ("insertion", "deletion", "road", "random-logit", "cascading-randomisation")

Scores = dict[str, dict[str, list[float | None]]]
"""Metric to row to a value a picture."""


def main(boxes: str, *parts: str) -> None:
    """Measure parts anew, and keep what was found of the others."""
    found = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
    for part in parts or PARTS:
        print(part, file=sys.stderr)
        found[part] = PARTS[part](boxes)
        FILE.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def linear(_: str) -> dict[str, Any]:
    """Judge on linear models that look at one place alone, in each of five models another one."""
    places = [(2, 2, 8, 8), (2, 8, 8, 14), (8, 2, 14, 8), (8, 8, 14, 14), (4, 6, 10, 12)]
    judged = []
    for number, place in enumerate(places):
        model = PlantedModel(place)
        pictures = [
            xaibrain.Image(pixels.astype(np.uint8), f"{number}-{index}", label="present", mask=model.evidence)
            for index, pixels in enumerate(model.pictures(12, seed=number))
        ]
        judged += run(Listed(pictures, model.class_names), model, EVERY, WHERE, target="label")
    return told(judged, WHERE)


def phantom(_: str) -> dict[str, Any]:
    """Judge on drawn slices, whose lesions are known to the pixel."""
    data = xaibrain.load_dataset("phantom", count=48, seed=20)
    model = data.default_model
    lesions = Listed(
        [image for image in data if image.mask is not None and image.mask.any()], data.class_names
    )
    return {
        "model": fingerprint(model),
        **told(run(lesions, model, EVERY, WHERE, target="label"), WHERE),
    }


def boxes(folder: str) -> dict[str, Any]:
    """Judge quick methods at five layers on real slices with a box around the lesion."""
    return {"model": fingerprint(MODEL), **told(on_boxes(folder), WHERE)}


@cache
def on_boxes(folder: str) -> Sequence[Any]:
    """Return what a benchmark of the quick methods judged on slices with boxes."""
    data = xaibrain.load_dataset(folder)
    return run(data, MODEL, QUICK, WHERE, target="label", layers=LAYERS, limit=120)


def planted(folder: str) -> dict[str, Any]:
    """Judge the same rows on lesions planted into held-out slices, and compare the two rankings."""
    model = xaibrain.load_model(MODEL)
    plant = xaibrain.Planting(hosts=16)
    found = run(held_out(model), model, QUICK, WHERE, layers=LAYERS, plant=plant)
    return {
        "model": model.fingerprint,
        **told(found, WHERE),
        "kendall": {metric: agreement(on_boxes(folder), found, metric) for metric in WHERE},
    }


def faithful(_: str) -> dict[str, Any]:
    """Judge on held-out slices by what needs no mask."""
    model = xaibrain.load_model(MODEL)
    return {
        "model": model.fingerprint,
        **told(run(held_out(model), model, QUICK, FAITHFUL, limit=12), FAITHFUL),
    }


PARTS: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "linear": linear,
    "phantom": phantom,
    "boxes": boxes,
    "planted": planted,
    "faithful": faithful,
}


class Listed:
    """Pictures as a dataset."""

    default_model = None

    def __init__(self, images: Sequence[xaibrain.Image], class_names: tuple[str, ...]) -> None:
        self.images, self.class_names = images, class_names

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.images)

    def __getitem__(self, index: int) -> xaibrain.Image:
        """Return one picture."""
        return self.images[index]

    def __iter__(self) -> Any:
        """Return the pictures in order."""
        return iter(self.images)


def run(
    data: Any, model: Any, methods: Sequence[str], metrics: Sequence[str], **settings: Any
) -> Sequence[Any]:
    """Return what a benchmark judged."""
    made = {name: CENTRED.get(name, (name, {})) for name in methods}
    explainers = {name: xaibrain.load_explainer(kind, **given) for name, (kind, given) in made.items()}
    return xaibrain.benchmark(data, model=model, explainers=explainers, metrics=metrics, **settings).judged


def held_out(model: Any) -> Any:
    """Return the slices of brain-mri that the model was not trained on."""
    data = xaibrain.load_dataset("brain-mri")
    kept = set(model.card["split"]["held_out"])
    return Listed([data[index] for index, id in enumerate(data.ids) if id in kept], data.class_names)


def told(judged: Sequence[Any], metrics: Sequence[str]) -> dict[str, Any]:
    """Return mean and interval of each row by each metric, and whether it beats every baseline by it.

    It does if its interval and that of each baseline do not overlap.
    """
    scored = [one for one in judged if one.scores]
    groups = np.array([one.group for one in scored])
    return {
        "pictures": len(scored),
        "groups": len(np.unique(groups)),
        "rows": {metric: rows(scored, groups, metric) for metric in metrics},
    }


def rows(scored: Sequence[Any], groups: Any, metric: str) -> dict[str, Any]:
    """Return the rows of one metric, the best first."""
    names = list(scored[0].scores)
    values = matrix(scored, names, metric)
    lows, highs = mean_intervals(values, groups, np.random.default_rng(0))
    better = np.where(xaibrain.load_metric(metric).higher_is_better, 1, -1)
    counts = (~np.isnan(values)).sum(axis=0)
    means = np.where(counts, np.nansum(values, axis=0) / np.maximum(counts, 1), np.nan)
    bar = [column for column, name in enumerate(names) if name in BASELINES and counts[column]]
    found = {}
    for column in np.argsort(-better * means, kind="stable"):
        name, count = names[column], int(counts[column])
        three = [round(float(number), 4) for number in (means[column], lows[column], highs[column])]
        ahead = lows[column] > highs[bar].max() if better > 0 else highs[column] < lows[bar].min()
        beats = None if name in BASELINES or not count else bool(ahead)
        found[name] = {"mean": three if count else None, "n": count, "beats": beats}
    return found


def matrix(scored: Sequence[Any], names: Sequence[str], metric: str) -> Any:
    """Return the values of a metric, a picture a row, a method a column; NaN where undefined."""
    return np.array([[one.scores[name][metric].value for name in names] for one in scored], np.float64)


def agreement(first: Sequence[Any], second: Sequence[Any], metric: str) -> dict[str, Any]:
    """Return Kendall's tau between the means of all rows but the baselines, and its interval.

    The interval is that of 1,000 pairs of resamples of the groups of both.
    """
    scored = [[one for one in judged if one.scores] for judged in (first, second)]
    names = [name for name in scored[0][0].scores if name not in BASELINES]
    tables = [by_group(side, names, metric) for side in scored]
    means = [np.nansum(sums, axis=0) / counts.sum(axis=0) for sums, counts in tables]
    draw = np.random.default_rng(0)
    taus = []
    for _ in range(1000):
        drawn = []
        for sums, counts in tables:
            taken = draw.integers(len(sums), size=len(sums))
            drawn.append(sums[taken].sum(axis=0) / np.maximum(counts[taken].sum(axis=0), 1))
        taus.append(kendalltau(*drawn).statistic)
    low, high = np.nanpercentile(taus, [2.5, 97.5])
    tau = kendalltau(*means).statistic
    return {"tau": [round(float(number), 3) for number in (tau, low, high)], "rows": len(names)}


def by_group(scored: Sequence[Any], names: Sequence[str], metric: str) -> tuple[Any, Any]:
    """Return sums and counts of the values in each group: (groups, rows) each."""
    values = matrix(scored, names, metric)
    groups = np.array([one.group for one in scored])
    parts = [values[groups == group] for group in np.unique(groups)]
    sums = np.stack([np.nansum(part, axis=0) for part in parts])
    return sums, np.stack([(~np.isnan(part)).sum(axis=0) for part in parts])


def fingerprint(model: str) -> str:
    """Return the fingerprint of a registered model."""
    return xaibrain.load_model(model).fingerprint


if __name__ == "__main__":
    main(*sys.argv[1:])

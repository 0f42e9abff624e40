"""Compares maps with those of other libraries, on phantom, for the pages: python docs/peers.py."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import spearmanr

import xaibrain
from xaibrain.types import Heatmap, Images, Targets
from xaibrain_perturbation.probe import probes
from xaibrain_perturbation.segments import shown, superpixels

FOUND = Path(__file__).parent / "peers.json"
_SHOWN = (0, 5, 2)
"""Of phantom's first pictures: the three tumour classes."""

Pair = tuple[Heatmap, Heatmap]


def main() -> None:
    """Compare all, and write what was found."""
    model, pictures = model_and_pictures()
    found = {name: [agreement(*pair(model, *one)) for one in pictures] for name, pair in PAIRS.items()}
    told = {
        "model": model.fingerprint,
        "versions": {name: version(name) for name in ("tf-keras-vis", "lime", "shap")},
        "pairs": found,
    }
    FOUND.write_text(json.dumps(told, indent=1) + "\n", "utf-8")


def model_and_pictures() -> tuple[Any, list[tuple[Images, Targets]]]:
    """Return phantom's model, and pictures one by one with the class that the model predicts."""
    phantom = xaibrain.load_dataset("phantom")
    model = xaibrain.load_model(phantom.default_model, engine=None)
    images = [model.preprocess(phantom[index])[0][None] for index in _SHOWN]
    return model, [(one, model.logits(one).argmax(axis=1)) for one in images]


def agreement(ours: Heatmap, theirs: Heatmap) -> tuple[float, float]:
    """Return the largest difference over the range of theirs, and Spearman's rank correlation."""
    difference = np.abs(ours.astype(np.float64) - theirs).max() / np.ptp(theirs)
    return float(difference), float(spearmanr(ours.ravel(), theirs.ravel()).statistic)


def both(ours: str, theirs: str, finish: Callable[[Heatmap], Heatmap] = lambda heatmap: heatmap) -> Any:
    """Return what makes a pair of maps by two registered names."""

    def pair(model: Any, image: Images, target: Targets) -> Pair:
        maps = (xaibrain.load_explainer(name).explain(model, image, target)[0] for name in (ours, theirs))
        first, second = (finish(one) for one in maps)
        return first, second

    return pair


def scaled(heatmap: Heatmap) -> Heatmap:
    """Return a map without what is negative, over its largest value."""
    positive = np.maximum(heatmap, 0)
    return np.asarray(positive / positive.max(), np.float32)


def lime_pair(model: Any, image: Images, target: Targets) -> Pair:
    """Return our LIME and that of its authors' library, fitted to the same copies."""
    from lime.lime_base import LimeBase

    # Their kernel is the square root of the paper's: their width is ours over the root of two.
    explainer: Any = xaibrain.load_explainer("lime", width=0.25 * 2**0.5)
    (probe,) = probes(model, image, target, explainer.fill, explainer.of, explainer.batch_size)
    segments = superpixels(probe, explainer.segments)
    coalitions = explainer._coalitions(int(segments.max()) + 1)
    scores = probe.scores(shown(coalitions, segments))
    distances = 1 - np.sqrt(coalitions.mean(axis=1, dtype=np.float64))
    library = LimeBase(lambda d: np.sqrt(np.exp(-(d**2) / 0.25**2)), random_state=0)
    fitted = library.explain_instance_with_data(
        coalitions, scores[:, None], distances, 0, coalitions.shape[1]
    )
    coefficients = np.array([coefficient for _, coefficient in sorted(fitted[1])])
    return explainer.explain(model, image, target)[0], coefficients[segments]


def shap_pair(model: Any, image: Images, target: Targets) -> Pair:
    """Return our kernel SHAP and that of its authors' library, over ten superpixels and all coalitions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from shap import KernelExplainer
    explainer: Any = xaibrain.load_explainer("kernel-shap", segments=10, samples=1024)
    (probe,) = probes(model, image, target, explainer.fill, explainer.of, explainer.batch_size)
    segments = superpixels(probe, explainer.segments)
    players = int(segments.max()) + 1

    def game(rows: Any) -> Any:
        return probe.scores(shown(np.asarray(rows, np.float32), segments))

    library = KernelExplainer(game, np.zeros((1, players)))
    values = library.shap_values(np.ones(players), nsamples=2000, l1_reg=False, silent=True)
    return explainer.explain(model, image, target)[0], np.asarray(values)[segments]


PAIRS: dict[str, Callable[[Any, Images, Targets], Pair]] = {
    "gradcam": both("gradcam", "tfkv-gradcam"),
    "gradcam++": both("gradcam++", "tfkv-gradcam++", scaled),
    "scorecam": both("scorecam", "tfkv-scorecam", scaled),
    "saliency": both("saliency", "tfkv-saliency"),
    "lime": lime_pair,
    "kernel-shap": shap_pair,
}
"""Our method, and what makes its map and the other library's."""


if __name__ == "__main__":
    main()

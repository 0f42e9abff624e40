"""Makes quantus.json: what Quantus says of a few arrays. Run it where Quantus is installed.

    python tests/plugins/reference/ask_quantus.py

Quantus cannot be installed beside Keras 3 (its extra for TensorFlow wants an older one), so the tests compare
with its numbers and not with itself.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import quantus
from quantus.functions.perturb_func import noisy_linear_imputation

METRICS = {
    "pointing-game": quantus.PointingGame,
    "relevance-mass": quantus.RelevanceMassAccuracy,
    "rank-accuracy": quantus.RelevanceRankAccuracy,
    "auc": quantus.AUC,
    "sparseness": quantus.Sparseness,
    "entropy": quantus.Complexity,
}


def main() -> None:
    draw = np.random.default_rng(20)
    maps = draw.uniform(size=(8, 6, 7)).round(6)  # so fine that none tie
    masks = draw.random((8, 6, 7)) < 0.3
    picture, hole = draw.uniform(size=(6, 7, 2)).round(3), draw.random((6, 7)) < 0.4
    values = {
        name: np.asarray(
            metric(disable_warnings=True).evaluate_batch(
                x_batch=maps[:, None].copy(), a_batch=maps[:, None].copy(), s_batch=masks[:, None]
            ),
            float,
        ).tolist()
        for name, metric in METRICS.items()
    }
    imputed = noisy_linear_imputation(np.moveaxis(picture, 2, 0), np.flatnonzero(hole), noise=0.0)
    empty = quantus.PointingGame(disable_warnings=True).evaluate_batch(
        a_batch=maps[:1, None], s_batch=np.zeros((1, 1, 6, 7))
    )
    found = {
        "quantus": version("quantus"),
        "maps": maps.tolist(),
        "masks": masks.astype(int).tolist(),
        "values": values,
        "pointing-game of an empty mask": float(empty[0]),
        "picture": picture.tolist(),
        "hole": hole.astype(int).tolist(),
        "imputed": np.moveaxis(imputed, 0, 2).tolist(),
    }
    Path(__file__).with_name("quantus.json").write_text(json.dumps(found) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

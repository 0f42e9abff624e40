"""Makes quantus.json: what Quantus says of a few arrays. Run it where Quantus is installed.

    python tests/plugins/reference/ask_quantus.py

Quantus cannot be installed beside Keras 3 (its extra for TensorFlow wants an older one), so the tests compare
with its numbers and not with itself.
"""

import json
from importlib.metadata import version
from pathlib import Path

import case
import numpy as np
import quantus
from quantus.functions.perturb_func import noisy_linear_imputation
from quantus.functions.similarity_func import correlation_spearman

METRICS = {
    "pointing-game": quantus.PointingGame,
    "relevance-mass": quantus.RelevanceMassAccuracy,
    "rank-accuracy": quantus.RelevanceRankAccuracy,
    "auc": quantus.AUC,
    "sparseness": quantus.Sparseness,
    "entropy": quantus.Complexity,
}


class Formula(quantus.helpers.model.model_interface.ModelInterface):
    """The model of the case, as Quantus asks one: channels first."""

    def predict(self, x, **_):
        return case.logits(np.moveaxis(x, 1, 3))

    def shape_input(self, x, *_, **__):
        return x

    def get_softmax_arg_model(self):
        return self

    def get_model(self):
        return self

    def state_dict(self):
        return {}

    def get_random_layer_generator(self, *_, **__):
        return iter(())

    def add_mean_shift_to_first_layer(self, *_, **__):
        return self

    def get_hidden_representations(self, *_, **__):
        return np.zeros(0)

    @property
    def random_layer_generator_length(self):
        return 0

    def get_ml_framework_name(self):
        return "formula"


def main() -> None:
    draw = np.random.default_rng(20)
    maps = draw.uniform(size=(8, 6, 7)).round(6)  # so fine that none tie
    masks = draw.random((8, 6, 7)) < 0.3
    picture, hole = draw.uniform(size=(6, 7, 2)).round(3), draw.random((6, 7)) < 0.4
    values = {
        name: listed(
            metric(disable_warnings=True).evaluate_batch(
                x_batch=maps[:, None].copy(), a_batch=maps[:, None].copy(), s_batch=masks[:, None]
            )
        )
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
        "case": of_the_case(),
    }
    Path(__file__).with_name("quantus.json").write_text(json.dumps(found) + "\n", encoding="utf-8")


def of_the_case() -> dict[str, list[float]]:
    """Return what Quantus says of the pictures, maps and model of the case."""
    model, pictures = Formula(None), np.moveaxis(case.PICTURES, 3, 1).astype(np.float64)
    asked = {"model": model, "x_batch": pictures, "y_batch": case.TARGETS}

    def explain(model, inputs, targets, **_):
        return case.explained(np.moveaxis(inputs, 1, 3), targets)[:, None]

    def sensitivity(kind):
        shaken = iter(np.moveaxis(case.SHAKEN, 4, 2).astype(np.float64))
        metric = kind(
            nr_samples=len(case.SHAKEN),
            perturb_func=lambda arr, **_: next(shaken).reshape(arr.shape),
            disable_warnings=True,
        )
        metric.explain_func, metric.explain_func_kwargs = explain, {}
        return metric.evaluate_batch(**asked, a_batch=explain(model, pictures, case.TARGETS))

    flipped = quantus.PixelFlipping(
        features_in_step=3 * 56 // case.STEPS, perturb_baseline=0.0, disable_warnings=True
    ).evaluate_batch(**asked, a_batch=case.MAPS[:, None])
    whole = case.logits(case.PICTURES)[np.arange(4), case.TARGETS]
    likeness = correlation_spearman(
        case.explained(case.PICTURES, case.TARGETS).reshape(4, -1),
        case.explained(case.PICTURES, case.OTHERS).reshape(4, -1),
        batched=True,
    )
    return {
        # Its curve lacks the picture as it is; the fall there is 0.
        "pixel-flipping": listed((whole[:, None] - np.array(flipped)).sum(axis=1) / (case.STEPS + 1)),
        "max-sensitivity": listed(sensitivity(quantus.MaxSensitivity)),
        "average-sensitivity": listed(sensitivity(quantus.AvgSensitivity)),
        "random-logit": listed(likeness),
    }


def listed(values) -> list[float]:
    return np.asarray(values, float).tolist()


if __name__ == "__main__":
    main()

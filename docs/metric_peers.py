"""Compares our metrics with what other libraries said of the same arrays: python docs/metric_peers.py.

What they said stands in tests/plugins/reference, beside the scripts that asked them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import xaibrain
from xaibrain_metrics.random_logit import RandomLogit
from xaibrain_metrics.sensitivity import AverageSensitivity, MaxSensitivity

REFERENCE = Path(__file__).parents[1] / "tests" / "plugins" / "reference"
FOUND = Path(__file__).parent / "metric_peers.json"

sys.path.insert(0, str(REFERENCE))
import case  # noqa: E402


class Formula:
    """The model of the case."""

    name = "formula"
    class_names = ("a", "b", "c")
    capabilities = frozenset({"logits"})
    preprocessing = {"value_range": (0.0, 1.0)}  # noqa: RUF012

    def preprocess(self, image: xaibrain.Image) -> tuple[Any, None]:
        """Return the picture as it is."""
        return image.pixels, None

    def logits(self, images: Any) -> Any:
        """Return the scores."""
        return case.logits(images)

    def probabilities(self, logits: Any) -> Any:
        """Return their softmax."""
        odds = np.exp(logits)
        return odds / odds.sum(axis=1, keepdims=True)


class InputXGradient:
    """The method of the case."""

    def explain(self, model: Any, images: Any, targets: Any) -> Any:
        """Return its maps."""
        return case.explained(images, targets)


class _Given:
    """Changes pictures as the case does, one sample of all pictures after the other."""

    def shakes(self) -> Iterator[Any]:
        """Yield the pictures."""
        return iter(case.SHAKEN.reshape(-1, *case.SHAPE))

    def score(self, trial: Any) -> Any:
        """Judge with these pictures."""
        shaken = self.shakes()
        object.__setattr__(self, "_shaken", lambda image, draw: next(shaken))
        return super().score(trial)  # type: ignore[misc]


class GivenMax(_Given, MaxSensitivity):
    """Max-sensitivity to the pictures of the case."""


class GivenAverage(_Given, AverageSensitivity):
    """Average-sensitivity to the pictures of the case."""


class GivenLogit(RandomLogit):
    """Random logit with the other classes of the case."""

    def _others(self, trial: Any) -> Any:
        return case.OTHERS


def metric(name: str) -> Any:
    """Return a metric set to what the libraries were asked."""
    own = {"max-sensitivity": GivenMax, "average-sensitivity": GivenAverage, "random-logit": GivenLogit}
    if name in own:
        return own[name](samples=len(case.SHAKEN)) if "sensitivity" in name else own[name]()
    curve = name in ("deletion", "insertion", "pixel-flipping")
    return xaibrain.load_metric(name, **({"steps": case.STEPS, "fill": "black"} if curve else {}))


def ours(name: str) -> list[float]:
    """Return our values for the four pictures of the case."""
    again = name in ("max-sensitivity", "average-sensitivity", "random-logit")
    maps = case.explained(case.PICTURES, case.TARGETS) if again else case.MAPS
    explanations = [explanation(*one) for one in zip(case.PICTURES, maps, case.TARGETS, strict=True)]
    model: Any = Formula()
    found = xaibrain.score(explanations, metric(name), model=model, explainer=InputXGradient())
    return [float(one.value) for one in found if one.value is not None]


def explanation(picture: Any, heatmap: Any, target: int) -> xaibrain.Explanation:
    """Return a map of a picture that the model sees as it is."""
    size, names = (case.SHAPE[0], case.SHAPE[1]), Formula.class_names
    whole = (0, 0, *size)
    return xaibrain.Explanation(
        image=xaibrain.Image(picture, "case"),
        heatmap=np.asarray(heatmap, np.float32),
        geometry=xaibrain.Geometry(size, whole, size, whole),
        target=names[target],
        predicted=names[target],
        probabilities=dict.fromkeys(names, 1 / 3),
        layer=None,
        layer_reason="",
        status="ok",
        provenance=xaibrain.Provenance("case", {}, "formula", "", {}, "", "", {}),
    )


def told(library: str) -> dict[str, Any]:
    """Return what a library said."""
    found: dict[str, Any] = json.loads((REFERENCE / f"{library}.json").read_text("utf-8"))
    return found


def difference(library: str, name: str) -> float:
    """Return the largest difference of a metric's values, over the largest of theirs."""
    theirs: Sequence[float] = told(library)["case"][name]
    return float(np.abs(np.subtract(ours(name), theirs)).max() / np.abs(theirs).max())


def main() -> None:
    """Compare all, and write what was found."""
    found = {
        library: {
            "version": told(library)[library],
            "differences": {name: difference(library, name) for name in told(library)["case"]},
        }
        for library in ("quantus", "xplique", "captum")
    }
    FOUND.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()

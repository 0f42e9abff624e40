"""Explainers with few samples, for tests that ask all of them and judge none."""

from xaibrain import load_explainer
from xaibrain.core.manager import manager

FEW = {
    "occlusion": {"window": 0.25, "stride": 0.25},
    "rise": {"masks": 20, "grid": 3},
    "lime": {"segments": 8, "samples": 40},
    "kernel-shap": {"segments": 8, "samples": 40},
    "smoothgrad": {"samples": 3},
    "vargrad": {"samples": 3},
    "squaregrad": {"samples": 3},
    "integrated-gradients": {"steps": 4},
    "gradient-shap": {"samples": 3},
    "scorecam": {"channels": 4},
    "sobol": {"grid": 3, "designs": 4},
}
"""Parameters of the methods whose defaults take many forward passes."""

EXPLAINERS = [entry.spec.name for entry in manager().registry.entries("explainer") if entry.plugin != "tfkv"]
"""Every registered explainer, save those of a library that takes neither nested nor subclassed models."""


def quick(name, **parameters):
    """Return an explainer with few samples."""
    return load_explainer(name, **{**FEW.get(name, {}), **parameters})

"""Trivial baselines, as explainers: what a method must beat to have found anything."""

from __future__ import annotations

from xaibrain import Spec, hookimpl


@hookimpl
def xaibrain_explainers() -> list[Spec]:
    """The baselines of this package; each knows nothing of the model."""
    return [
        Spec(
            "baseline-centre",
            "xaibrain_baselines.centre:Centre",
            "baseline: a blob in the middle, whatever the picture shows",
            "the centre prior of eye-tracking studies: Tatler 2007, Journal of Vision 7(14):4",
        ),
        Spec(
            "baseline-edges",
            "xaibrain_baselines.edges:Edges",
            "baseline: the picture's edges, whatever the model says",
            "Sobel operator; as a baseline, Adebayo et al. 2018, arXiv:1810.03292",
        ),
        Spec(
            "baseline-random",
            "xaibrain_baselines.random:Random",
            "baseline: chance",
            "uniform noise",
        ),
    ]

"""Methods that hide parts of the picture and watch the score: occlusion, RISE, LIME, kernel SHAP, Sobol."""

from __future__ import annotations

from xaibrain import Spec, hookimpl

_EXTRA = "perturbation"


@hookimpl
def xaibrain_explainers() -> list[Spec]:
    """The methods of this package."""
    return [
        Spec(
            "occlusion",
            "xaibrain_perturbation.occlusion:Occlusion",
            "Occlusion: how far the score falls when a window is covered",
            "Zeiler & Fergus 2014, Visualizing and Understanding Convolutional Networks, "
            "arXiv:1311.2901, section 4.2",
        ),
        Spec(
            "rise",
            "xaibrain_perturbation.rise:RISE",
            "RISE: random soft masks, each weighted by the score that it leaves",
            "Petsiuk et al. 2018, RISE, arXiv:1806.07421, equation 6",
        ),
        Spec(
            "lime",
            "xaibrain_perturbation.lime:LIME",
            "LIME: a linear model of the score over superpixels, near the picture",
            "Ribeiro et al. 2016, Why Should I Trust You?, arXiv:1602.04938, equations 1 and 2",
            _EXTRA,
        ),
        Spec(
            "kernel-shap",
            "xaibrain_perturbation.kernel_shap:KernelSHAP",
            "Kernel SHAP: the score shared out among superpixels by Shapley values",
            "Lundberg & Lee 2017, A Unified Approach to Interpreting Model Predictions, "
            "arXiv:1705.07874, theorem 2",
            _EXTRA,
        ),
        Spec(
            "sobol",
            "xaibrain_perturbation.sobol:Sobol",
            "Sobol: the share of the score's variance that each cell has a part in",
            "Fel et al. 2021, Look at the Variance!, arXiv:2111.04138; Jansen 1999 for the estimator",
            _EXTRA,
        ),
    ]

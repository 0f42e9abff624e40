"""Explainers that read the gradient of the score with respect to the input."""

from __future__ import annotations

from xaibrain import Spec, hookimpl


@hookimpl
def xaibrain_explainers() -> list[Spec]:
    """The methods of this package."""
    return [
        Spec(
            "saliency",
            "xaibrain_gradients.saliency:Saliency",
            "saliency: magnitude of the gradient at each pixel",
            "Simonyan et al. 2013, arXiv:1312.6034, section 3",
        ),
        Spec(
            "guided-backprop",
            "xaibrain_gradients.guided:GuidedBackprop",
            "guided backpropagation: the gradient without what ReLUs pass back against the score",
            "Springenberg et al. 2014, arXiv:1412.6806, section 3.4",
        ),
        Spec(
            "input-x-gradient",
            "xaibrain_gradients.input_x_gradient:InputXGradient",
            "input × gradient: each pixel times its gradient",
            "Shrikumar et al. 2016, arXiv:1605.01713",
        ),
        Spec(
            "smoothgrad",
            "xaibrain_gradients.noisy:SmoothGrad",
            "SmoothGrad: mean gradient of noisy copies",
            "Smilkov et al. 2017, SmoothGrad, arXiv:1706.03825",
        ),
        Spec(
            "vargrad",
            "xaibrain_gradients.noisy:VarGrad",
            "VarGrad: variance of the gradient over noisy copies",
            "Adebayo et al. 2018, arXiv:1810.03307",
        ),
        Spec(
            "squaregrad",
            "xaibrain_gradients.noisy:SquareGrad",
            "SquareGrad: mean squared gradient of noisy copies",
            "Hooker et al. 2019, arXiv:1806.10758",
        ),
        Spec(
            "integrated-gradients",
            "xaibrain_gradients.integrated:IntegratedGradients",
            "integrated gradients: gradients along the way from a baseline",
            "Sundararajan et al. 2017, arXiv:1703.01365, equation 1",
        ),
        Spec(
            "gradient-shap",
            "xaibrain_gradients.gradient_shap:GradientSHAP",
            "gradient SHAP: integrated gradients from many baselines (expected gradients)",
            "Lundberg & Lee 2017, arXiv:1705.07874; Erion et al. 2021, arXiv:1906.10670",
        ),
    ]

"""The methods of tf-keras-vis, an independent implementation, on models of xaibrain."""

from __future__ import annotations

from xaibrain import Spec, hookimpl

_EXTRA = "tfkv"
_LIBRARY = "https://github.com/keisen/tf-keras-vis"


@hookimpl
def xaibrain_explainers() -> list[Spec]:
    """The methods of this package."""
    return [
        Spec(
            "tfkv-gradcam",
            "xaibrain_tfkv.gradcam:GradCAM",
            "Grad-CAM as tf-keras-vis computes it",
            f"{_LIBRARY}; Selvaraju et al. 2017, arXiv:1610.02391",
            _EXTRA,
        ),
        Spec(
            "tfkv-gradcam++",
            "xaibrain_tfkv.gradcam:GradCAMPlusPlus",
            "Grad-CAM++ as tf-keras-vis computes it",
            f"{_LIBRARY}; Chattopadhay et al. 2018, arXiv:1710.11063",
            _EXTRA,
        ),
        Spec(
            "tfkv-scorecam",
            "xaibrain_tfkv.scorecam:ScoreCAM",
            "Score-CAM as tf-keras-vis computes it",
            f"{_LIBRARY}; Wang et al. 2020, arXiv:1910.01279",
            _EXTRA,
        ),
        Spec(
            "tfkv-saliency",
            "xaibrain_tfkv.saliency:Saliency",
            "Saliency or SmoothGrad as tf-keras-vis computes them",
            f"{_LIBRARY}; Simonyan et al. 2013, arXiv:1312.6034; Smilkov et al. 2017, arXiv:1706.03825",
            _EXTRA,
        ),
    ]


@hookimpl
def xaibrain_datasets() -> list[Spec]:
    """What a model would most like to see, to be explained like any picture."""
    return [
        Spec(
            "tfkv-activation-maximisation",
            "xaibrain_tfkv.maximisation:ActivationMaximisation",
            "One picture a class that a model scores highest, made by tf-keras-vis",
            f"{_LIBRARY}; Simonyan et al. 2013, arXiv:1312.6034, section 2",
            _EXTRA,
        )
    ]

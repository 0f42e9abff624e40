"""Class activation maps: Grad-CAM and Grad-CAM++."""

from __future__ import annotations

from xaibrain import Spec, hookimpl


@hookimpl
def xaibrain_explainers() -> list[Spec]:
    """The methods of this package."""
    return [
        Spec(
            "gradcam",
            "xaibrain_cam.gradcam:GradCAM",
            "Grad-CAM: channels weighted by their mean gradient",
            "Selvaraju et al. 2017, Grad-CAM, arXiv:1610.02391, equations 1 and 2",
        ),
        Spec(
            "gradcam++",
            "xaibrain_cam.gradcam_plus_plus:GradCAMPlusPlus",
            "Grad-CAM++: positive gradients weighted pixel by pixel",
            "Chattopadhay et al. 2018, Grad-CAM++, arXiv:1710.11063, equations 9, 10 and 19",
        ),
    ]

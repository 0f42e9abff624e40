"""Class activation maps: Grad-CAM and its family."""

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
        Spec(
            "guided-gradcam",
            "xaibrain_cam.guided:GuidedGradCAM",
            "Guided Grad-CAM: Grad-CAM times guided backpropagation; for networks of ReLUs",
            "Selvaraju et al. 2017, Grad-CAM, arXiv:1610.02391, section 3.2",
        ),
        Spec(
            "hirescam",
            "xaibrain_cam.hirescam:HiResCAM",
            "HiResCAM: activations weighted by their own gradients",
            "Draelos & Carin 2020, HiResCAM, arXiv:2011.08891",
        ),
        Spec(
            "xgradcam",
            "xaibrain_cam.xgradcam:XGradCAM",
            "XGrad-CAM: channels weighted by their gradient where they are active",
            "Fu et al. 2020, Axiom-based Grad-CAM, arXiv:2008.02312",
        ),
        Spec(
            "layercam",
            "xaibrain_cam.layercam:LayerCAM",
            "Layer-CAM: activations weighted by their own positive gradients, also early in a network",
            "Jiang et al. 2021, LayerCAM, IEEE Transactions on Image Processing 30, 5875-5888",
        ),
        Spec(
            "gradcam-elementwise",
            "xaibrain_cam.elementwise:ElementwiseGradCAM",
            "element-wise Grad-CAM: HiResCAM of what speaks for the class alone",
            "pytorch-grad-cam, GradCAMElementWise",
        ),
        Spec(
            "eigencam",
            "xaibrain_cam.eigencam:EigenCAM",
            "Eigen-CAM: first principal component of the activations, the same for every class",
            "Muhammad & Yeasin 2020, Eigen-CAM, arXiv:2008.00299",
        ),
        Spec(
            "eigengradcam",
            "xaibrain_cam.eigencam:EigenGradCAM",
            "Eigen-Grad-CAM: first principal component of gradient × activation",
            "pytorch-grad-cam, EigenGradCAM, after Muhammad & Yeasin 2020, arXiv:2008.00299",
        ),
        Spec(
            "scorecam",
            "xaibrain_cam.scorecam:ScoreCAM",
            "Score-CAM: channels weighted by the score that is left under them; no gradient, many passes",
            "Wang et al. 2020, Score-CAM, arXiv:1910.01279, algorithm 1",
        ),
        Spec(
            "ablationcam",
            "xaibrain_cam.ablationcam:AblationCAM",
            "Ablation-CAM: channels weighted by what the score loses without them; no gradient",
            "Desai & Ramaswamy 2020, Ablation-CAM, WACV 2020, 983-991",
        ),
    ]

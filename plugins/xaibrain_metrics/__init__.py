"""Metrics that judge explanations: localisation, faithfulness, sanity, robustness, complexity."""

from __future__ import annotations

from xaibrain import Spec, hookimpl

_HERE = "xaibrain_metrics"


@hookimpl
def xaibrain_metrics() -> list[Spec]:
    """The metrics of this package."""
    return [*_localisation(), *_faithfulness(), *_sanity(), *_robustness(), *_complexity()]


def _localisation() -> list[Spec]:
    arras = "Arras et al. 2022, CLEVR-XAI, arXiv:2003.07258"
    return [
        Spec("pointing-game", f"{_HERE}.pointing_game:PointingGame", "does the peak lie on the lesion",
             "Zhang et al. 2016, Excitation Backprop, arXiv:1608.00507"),
        Spec("relevance-mass", f"{_HERE}.relevance_mass:RelevanceMass",
             "share of the positive evidence on the lesion", f"{arras}, relevance mass accuracy"),
        Spec("relevance-ratio", f"{_HERE}.relevance_mass:RelevanceRatio",
             "relevance mass over the lesion's share of the area: 1 is chance",
             "Kohlbrenner et al. 2020, arXiv:1910.09840, weighted attribution localisation"),
        Spec("rank-accuracy", f"{_HERE}.rank_accuracy:RankAccuracy",
             "share of the K strongest pixels on a lesion of K pixels", f"{arras}, relevance rank accuracy"),
        Spec("iou", f"{_HERE}.overlap:IoU", "overlap with the lesion at half of the maximum",
             "Zhou et al. 2016, CAM, arXiv:1512.04150, section 3.2 (relative threshold)"),
        Spec("best-iou", f"{_HERE}.overlap:BestIoU", "overlap with the lesion at the best threshold",
             "after Choe et al. 2020, Evaluating WSOL Methods Right, arXiv:2001.07437"),
        Spec("auc", f"{_HERE}.auc:AUC", "is a pixel of the lesion stronger than one beside it: 0.5 is chance",
             "Fawcett 2006, An introduction to ROC analysis", extra="metrics"),
    ]  # fmt: skip


def _faithfulness() -> list[Spec]:
    petsiuk = "Petsiuk et al. 2018, RISE, arXiv:1806.07421, algorithm 1"
    chattopadhay = "Chattopadhay et al. 2018, Grad-CAM++, arXiv:1710.11063"
    return [
        Spec("deletion", f"{_HERE}.curves:Deletion",
             "does the probability fall early without the strongest pixels", petsiuk),
        Spec("insertion", f"{_HERE}.curves:Insertion",
             "does the probability rise early with the strongest pixels", petsiuk),
        Spec("pixel-flipping", f"{_HERE}.curves:PixelFlipping",
             "how far the score falls without the strongest pixels",
             "Bach et al. 2015, doi:10.1371/journal.pone.0130140; Samek et al. 2017, arXiv:1509.06321"),
        Spec("road", f"{_HERE}.road:ROAD", "the same by imputing, strongest against weakest pixels",
             "Rong et al. 2022, arXiv:2202.00449", extra="metrics"),
        Spec("average-drop", f"{_HERE}.soft_mask:AverageDrop",
             "probability lost when only what the map lights up is shown", chattopadhay),
        Spec("increase", f"{_HERE}.soft_mask:Increase",
             "is the probability higher when only that is shown", chattopadhay),
        Spec("average-gain", f"{_HERE}.soft_mask:AverageGain",
             "missing probability won when only that is shown", "Zhang et al. 2023, arXiv:2301.07002"),
    ]  # fmt: skip


def _sanity() -> list[Spec]:
    adebayo = "Adebayo et al. 2018, Sanity Checks for Saliency Maps, arXiv:1810.03292"
    return [
        Spec("cascading-randomisation", f"{_HERE}.randomisation:CascadingRandomisation",
             "does the map outlive the weights, drawn anew from the output down", f"{adebayo}, section 3.1",
             extra="metrics"),
        Spec("independent-randomisation", f"{_HERE}.randomisation:IndependentRandomisation",
             "does the map outlive the weights of single layers", f"{adebayo}, section 3.2", extra="metrics"),
        Spec("random-logit", f"{_HERE}.random_logit:RandomLogit", "is the map the same for another class",
             "Sixt et al. 2020, When Explanations Lie, arXiv:1912.09818", extra="metrics"),
    ]  # fmt: skip


def _robustness() -> list[Spec]:
    yeh = "Yeh et al. 2019, On the (In)fidelity and Sensitivity of Explanations, arXiv:1901.09392"
    return [
        Spec("max-sensitivity", f"{_HERE}.sensitivity:MaxSensitivity",
             "largest change of the map under small changes of the picture", yeh),
        Spec("average-sensitivity", f"{_HERE}.sensitivity:AverageSensitivity",
             "mean change of the map under small changes of the picture", yeh),
    ]  # fmt: skip


def _complexity() -> list[Spec]:
    return [
        Spec("sparseness", f"{_HERE}.complexity:Sparseness", "Gini index of the map's magnitudes",
             "Chalasani et al. 2020, arXiv:1810.06583"),
        Spec("entropy", f"{_HERE}.complexity:Entropy", "entropy of the map's magnitudes, in nats",
             "Bhatt et al. 2020, arXiv:2005.00631"),
    ]  # fmt: skip

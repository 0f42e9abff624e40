"""Metrics that judge explanations: localisation, complexity."""

from __future__ import annotations

from xaibrain import Spec, hookimpl

_HERE = "xaibrain_metrics"


@hookimpl
def xaibrain_metrics() -> list[Spec]:
    """The metrics of this package."""
    return [*_localisation(), *_complexity()]


def _localisation() -> list[Spec]:
    arras = "Arras et al. 2022, CLEVR-XAI, arXiv:2003.07258"
    return [
        Spec("pointing-game", f"{_HERE}.pointing_game:PointingGame", "does the peak lie on the lesion",
             "Zhang et al. 2016, Excitation Backprop, arXiv:1608.00507, section 4.2"),
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


def _complexity() -> list[Spec]:
    return [
        Spec("sparseness", f"{_HERE}.complexity:Sparseness", "Gini index of the map's magnitudes",
             "Chalasani et al. 2020, arXiv:1810.06583, section 5"),
        Spec("entropy", f"{_HERE}.complexity:Entropy", "entropy of the map's magnitudes, in nats",
             "Bhatt et al. 2020, arXiv:2005.00631, section 3.3"),
    ]  # fmt: skip

"""The names that the commands use when none is given; plain text, looked up like anybody's."""

DEFAULT_MODEL = "brain-mri-efficientnet-b0"
"""For files and folders."""

DEFAULT_DATASET = "phantom"
"""For a command without any input."""

DEFAULT_PLANTER = "phantom"
"""The dataset that plants lesions."""

DEFAULT_EXPLAINER = "gradcam"

BEST = "best"
"""Stands for the method that a benchmark chose for the model."""

BASELINES = ("baseline-centre", "baseline-edges", "baseline-random")
"""Methods that do not look at the model: what every other one is compared with."""

DEFAULT_METRICS = (
    "pointing-game",
    "relevance-mass",
    "relevance-ratio",
    "rank-accuracy",
    "iou",
    "auc",
    "sparseness",
)
"""Of a benchmark: those that need no more than the map and the mask, and are quick."""

CHOOSING_METRIC = "relevance-mass"
"""By which a method is chosen for a model: the share of what a map says for its target that is on the lesion.

Of the metrics of localisation it is the one that looks at the whole map, as a reader does, is bounded, so
that no single picture decides, and depends on no threshold.
"""

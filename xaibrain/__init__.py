"""Explanations of image classifiers that can be checked.

import xaibrain

model = xaibrain.load_model("brain-mri-efficientnet-b0")
for explanation in xaibrain.explain("scan.jpg", model=model, explainer="gradcam"):
    print(explanation.predicted, explanation.status, explanation.heatmap.max())
"""

from __future__ import annotations

__version__ = "0.1.0"

# As in `typing`, whose import is a third of what `xaibrain --help` takes.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from xaibrain.core.dataset import Dataset, Planter
    from xaibrain.core.engine import Engine
    from xaibrain.core.executor import Executor, Work
    from xaibrain.core.explainer import Explainer
    from xaibrain.core.geometry import Geometry
    from xaibrain.core.hookspecs import hookimpl
    from xaibrain.core.metric import Metric, Need, Trial
    from xaibrain.core.model import Capability, Feedable, Guidable, Model, Randomisable, Streaming
    from xaibrain.core.place import Grid, Place
    from xaibrain.core.reader import Reader
    from xaibrain.core.records import (
        Coded,
        Explanation,
        Failure,
        Image,
        LayerChoice,
        Lost,
        Part,
        Provenance,
        Score,
    )
    from xaibrain.core.spec import ReaderSpec, Spec
    from xaibrain.core.writer import Writer
    from xaibrain.evaluation.evaluate import evaluate
    from xaibrain.evaluation.predicting import Prediction, predict
    from xaibrain.evaluation.record import Evaluation
    from xaibrain.explaining import explain
    from xaibrain.judging.benchmark import benchmark
    from xaibrain.judging.flips import planted_evidence
    from xaibrain.judging.planted import Planting
    from xaibrain.judging.score import score
    from xaibrain.keras.wrapping import wrap
    from xaibrain.loading import load_dataset, load_executor, load_explainer, load_metric, load_model
    from xaibrain.models.preprocessing import Preprocessing
    from xaibrain.ops.targets import target_scores
    from xaibrain.reading import read_image
    from xaibrain.streaming import masked_logits, streamed_logits
    from xaibrain.volumes import Volume, assemble

_HOMES = {
    "Capability": "xaibrain.core.model",
    "Coded": "xaibrain.core.records",
    "Dataset": "xaibrain.core.dataset",
    "Engine": "xaibrain.core.engine",
    "Evaluation": "xaibrain.evaluation.record",
    "Executor": "xaibrain.core.executor",
    "Explainer": "xaibrain.core.explainer",
    "Explanation": "xaibrain.core.records",
    "Failure": "xaibrain.core.records",
    "Feedable": "xaibrain.core.model",
    "Geometry": "xaibrain.core.geometry",
    "Grid": "xaibrain.core.place",
    "Guidable": "xaibrain.core.model",
    "Image": "xaibrain.core.records",
    "LayerChoice": "xaibrain.core.records",
    "Lost": "xaibrain.core.records",
    "Metric": "xaibrain.core.metric",
    "Model": "xaibrain.core.model",
    "Need": "xaibrain.core.metric",
    "Part": "xaibrain.core.records",
    "Place": "xaibrain.core.place",
    "Planter": "xaibrain.core.dataset",
    "Planting": "xaibrain.judging.planted",
    "Prediction": "xaibrain.evaluation.predicting",
    "Preprocessing": "xaibrain.models.preprocessing",
    "Provenance": "xaibrain.core.records",
    "Randomisable": "xaibrain.core.model",
    "Reader": "xaibrain.core.reader",
    "ReaderSpec": "xaibrain.core.spec",
    "Score": "xaibrain.core.records",
    "Spec": "xaibrain.core.spec",
    "Streaming": "xaibrain.core.model",
    "Trial": "xaibrain.core.metric",
    "Volume": "xaibrain.volumes",
    "Work": "xaibrain.core.executor",
    "Writer": "xaibrain.core.writer",
    "assemble": "xaibrain.volumes",
    "benchmark": "xaibrain.judging.benchmark",
    "evaluate": "xaibrain.evaluation.evaluate",
    "explain": "xaibrain.explaining",
    "hookimpl": "xaibrain.core.hookspecs",
    "load_dataset": "xaibrain.loading",
    "load_executor": "xaibrain.loading",
    "load_explainer": "xaibrain.loading",
    "load_metric": "xaibrain.loading",
    "load_model": "xaibrain.loading",
    "masked_logits": "xaibrain.streaming",
    "planted_evidence": "xaibrain.judging.flips",
    "predict": "xaibrain.evaluation.predicting",
    "read_image": "xaibrain.reading",
    "score": "xaibrain.judging.score",
    "streamed_logits": "xaibrain.streaming",
    "target_scores": "xaibrain.ops.targets",
    "wrap": "xaibrain.keras.wrapping",
}

__all__ = [
    "Capability",
    "Coded",
    "Dataset",
    "Engine",
    "Evaluation",
    "Executor",
    "Explainer",
    "Explanation",
    "Failure",
    "Feedable",
    "Geometry",
    "Grid",
    "Guidable",
    "Image",
    "LayerChoice",
    "Lost",
    "Metric",
    "Model",
    "Need",
    "Part",
    "Place",
    "Planter",
    "Planting",
    "Prediction",
    "Preprocessing",
    "Provenance",
    "Randomisable",
    "Reader",
    "ReaderSpec",
    "Score",
    "Spec",
    "Streaming",
    "Trial",
    "Volume",
    "Work",
    "Writer",
    "__version__",
    "assemble",
    "benchmark",
    "evaluate",
    "explain",
    "hookimpl",
    "load_dataset",
    "load_executor",
    "load_explainer",
    "load_metric",
    "load_model",
    "masked_logits",
    "planted_evidence",
    "predict",
    "read_image",
    "score",
    "streamed_logits",
    "target_scores",
    "wrap",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'xaibrain' has no attribute '{name}'")
    import importlib

    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

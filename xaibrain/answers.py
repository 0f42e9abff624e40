"""What a model answers, checked."""

from __future__ import annotations

import numpy as np

from xaibrain.core.model import Model
from xaibrain.errors import ModelError
from xaibrain.types import Images, Logits


def checked_logits(model: Model, inputs: Images) -> Logits:
    """Return a model's class scores for a batch: (n, classes).

    Raises:
        ModelError: They are not finite, or of another shape.
    """
    logits = np.asarray(model.logits(inputs))
    shape = (len(inputs), len(model.class_names))
    if logits.shape != shape or not np.isfinite(logits).all():
        raise ModelError(
            f"logits() returned shape {logits.shape}, or numbers that are not finite; it must return "
            f"{shape} finite scores. Check the model's weights."
        )
    return logits

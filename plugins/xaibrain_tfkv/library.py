"""tf-keras-vis itself, and a model in the form that it can work on."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from xaibrain import Model
from xaibrain.errors import ModelError
from xaibrain.types import Images, Targets

with warnings.catch_warnings():
    # It imports a SciPy module that has moved; that is not the user's concern.
    warnings.simplefilter("ignore", DeprecationWarning)
    from tf_keras_vis.activation_maximization import ActivationMaximization
    from tf_keras_vis.activation_maximization.input_modifiers import Jitter, Rotate2D
    from tf_keras_vis.activation_maximization.regularizers import Norm, TotalVariation2D
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus
    from tf_keras_vis.saliency import Saliency
    from tf_keras_vis.scorecam import Scorecam
    from tf_keras_vis.utils.model_modifiers import ReplaceToLinear

__all__ = [
    "ActivationMaximization",
    "Gradcam",
    "GradcamPlusPlus",
    "Jitter",
    "Norm",
    "Rotate2D",
    "Saliency",
    "Scorecam",
    "TotalVariation2D",
    "layer_in",
    "linear_copy",
    "score_of",
    "seeded",
]

_NEAR = 0.02
"""How far, as a share of the largest, a model's logits may be from its network's: engines may round."""

_INSTEAD = "use a method that does not begin with tfkv-."


def linear_copy(model: Model, images: Images) -> Any:
    """Return a copy of a model's network that ends in its logits, made as tf-keras-vis makes it.

    Args:
        model: Has the capability `keras-network`; its network is not changed.
        images: (n, h, w, c), for which the copy is checked against the model.

    Raises:
        ModelError: tf-keras-vis cannot copy the network, or its copy does not give the model's logits.
    """
    network: Any = getattr(model, "network")  # noqa: B009 (a capability, not part of every model)
    try:
        # Its methods hand over a list of inputs, so the copy takes one.
        flat = keras.Model([network.inputs[0]], network.outputs[0])
        copy = keras.models.clone_model(flat)
        copy.set_weights(flat.get_weights())
        ReplaceToLinear()(copy)
        found = np.asarray(copy([images], training=False))
    # A network may raise anything; whatever it is, this library cannot work on it.
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise ModelError(
            f"tf-keras-vis cannot work on '{model.name}' ({reason[:200]}); {_INSTEAD}"
        ) from error
    logits = model.logits(images)
    wanted = logits[:, 1:] if found.shape[1] == 1 else logits
    if found.shape != wanted.shape or not np.allclose(found, wanted, atol=_NEAR * np.abs(wanted).max()):
        raise ModelError(f"tf-keras-vis does not reach the logits of '{model.name}'; {_INSTEAD}")
    return copy


def layer_in(model: Model, layer: str) -> str:
    """Return the name of a layer in the outermost model, where tf-keras-vis can find it.

    Raises:
        ModelError: It lies inside another model, or is called more than once.
    """
    path = model.choose_layer(layer).path
    if "/" in path or "@" in path:
        raise ModelError(f"tf-keras-vis cannot read layer '{path}', inside another model; {_INSTEAD}")
    return path


def score_of(targets: Targets, copy: Any) -> Callable[[Any], Any]:
    """Return what tf-keras-vis is to explain: from (n, units), the score of each target, (n,).

    Args:
        targets: (n,) or (n, 2).
        copy: A linear copy; with one unit z, the logits of the two classes are −z and z.
    """
    units = int(copy.output_shape[1])
    rows = np.array([[-1.0], [1.0]]) if units == 1 else np.eye(units)
    weights = rows[targets] if targets.ndim == 1 else rows[targets[:, 0]] - rows[targets[:, 1]]

    def score(outputs: Any) -> Any:
        return keras.ops.sum(outputs * weights.astype(np.float32), axis=-1)

    return score


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed NumPy's global generator, which tf-keras-vis draws from, and put it back afterwards."""
    before = np.random.get_state()
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(before)

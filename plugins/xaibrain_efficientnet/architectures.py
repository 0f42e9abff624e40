"""EfficientNets of `keras.applications`, with any number of classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from xaibrain import Model, wrap
from xaibrain.errors import ModelError
from xaibrain_efficientnet.classes import class_names_of


def keras_application(
    architecture: str,
    size: int,
    classes: tuple[str, ...] | int = 4,
    weights: str = "none",
    crop: bool = False,
) -> Model:
    """Make an EfficientNet that takes RGB pixels from 0 to 255.

    Args:
        architecture: The constructor's name in `keras.applications`.
        size: Height and width of the input in pixels.
        classes: Class names (separated by commas on the command line), or their number.
        weights: `none` (random), `imagenet` (fetched by Keras on a connected machine; the
            classifier on top is new, unless there are 1000 classes), or a weights file.
        crop: Whether pictures are cut to the head first.

    Raises:
        ModelError: The weights cannot be fetched or do not fit.
        UsageError: Fewer than two classes.
    """
    import keras

    names = class_names_of(classes)
    build = getattr(keras.applications, architecture)
    shape = (size, size, 3)
    try:
        if weights == "imagenet" and len(names) != 1000:
            network = _with_new_top(build(weights="imagenet", include_top=False, input_shape=shape), names)
        else:
            given = {"none": None}.get(weights, weights)
            network = build(weights=given, classes=len(names), input_shape=shape)
    # Keras raises a bare Exception when it cannot fetch, and whatever HDF5 raises for a wrong file.
    except Exception as error:
        reason = str(error).splitlines()[0]
        raise ModelError(
            f"{architecture}: weights '{weights}' cannot be used ({reason}). "
            "Give weights=none, weights=imagenet on a connected machine, or a file of the same shape."
        ) from error
    name = Path(weights).stem if Path(weights).is_file() else architecture
    return wrap(network, class_names=names, name=name, crop="foreground" if crop else "none")


def _with_new_top(body: Any, names: tuple[str, ...]) -> Any:
    import keras

    features = keras.layers.GlobalAveragePooling2D(name="avg_pool")(body.output)
    features = keras.layers.Dropout(0.2, name="top_dropout")(features)
    outputs = keras.layers.Dense(len(names), activation="softmax", name="predictions")(features)
    return keras.Model(body.inputs, outputs, name=body.name)

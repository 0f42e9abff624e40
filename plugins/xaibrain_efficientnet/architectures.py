"""EfficientNets of `keras.applications`, with any number of classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from xaibrain import Model, load_model
from xaibrain.errors import ModelError
from xaibrain_efficientnet.classes import class_names_of


def keras_application(
    architecture: str,
    size: int,
    classes: tuple[str, ...] | int = 4,
    weights: str = "none",
    output_stride: Literal[16, 32] = 32,
    crop: bool = False,
) -> Model:
    """Make an EfficientNet that takes RGB pixels from 0 to 255.

    Args:
        architecture: The constructor's name in `keras.applications`.
        size: Height and width of the input in pixels.
        classes: Class names (separated by commas on the command line), or their number.
        weights: `none` (random), `imagenet` (fetched by Keras on a connected machine; the
            classifier on top is new, unless there are 1000 classes), or a weights file or checkpoint.
        output_stride: Pixels of the input to a cell of the last map; 32 is the paper's, 16 gives maps of
            twice the resolution (B0 to B7).
        crop: Whether pictures are cut to the head first.

    Raises:
        ModelError: The weights cannot be fetched or do not fit.
        UsageError: Fewer than two classes.
    """
    # Here, since both import the framework: whoever lists models needs none.
    import keras

    from xaibrain import wrap

    names = class_names_of(classes)
    build = getattr(keras.applications, architecture)
    shape = (size, size, 3)
    try:
        if weights == "imagenet" and len(names) != 1000:
            network = _with_new_top(build(weights="imagenet", include_top=False, input_shape=shape), names)
        elif weights.endswith(".keras"):
            network = build(weights=None, classes=len(names), input_shape=shape)
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
    if output_stride == 16:
        network = _finer(network)
    model = wrap(network, class_names=names, name=name, crop="foreground" if crop else "none")
    if weights.endswith(".keras"):
        model.card = {"pretraining": _transferred(Path(weights), network, names)}
    elif weights != "none":
        new_head = weights == "imagenet" and len(names) != 1000
        model.card = {"pretraining": {"weights": Path(weights).name, "new_head": new_head}}
    return model


def _transferred(path: Path, network: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Copy the weights of a checkpoint, layer by layer; return what its card says of them.

    Raises:
        ModelError: A layer is missing or of another shape.
    """
    source: Any = load_model(path, engine=None)
    head = network.layers[-1].name
    same_classes = source.class_names == names
    try:
        for layer in network.layers:
            if layer.weights and (layer.name != head or same_classes):
                layer.set_weights(source.network.get_layer(layer.name).get_weights())
    except ValueError as error:
        raise ModelError(
            f"{path} is a network of another shape ({str(error).splitlines()[0]}); give a checkpoint of this "
            "architecture, or train that one itself: -m FILE.keras"
        ) from error
    kept = ("command", "recipe", "split", "held_out", "pretraining")
    known = {key: source.card[key] for key in kept if key in source.card}
    return {"weights": path.name, "new_head": not same_classes, **known}


def _finer(network: Any) -> Any:
    """Return the network with a stride of 1 where its last map would have been halved."""
    import keras

    def clone(layer: Any) -> Any:
        config = layer.get_config()
        if layer.name == "block6a_dwconv":
            config |= {"strides": (1, 1), "padding": "same"}
        if layer.name == "block6a_dwconv_pad":
            config["padding"] = ((0, 0), (0, 0))
        return type(layer).from_config(config)

    finer = keras.models.clone_model(network, clone_function=clone)
    finer.set_weights(network.get_weights())
    return finer


def _with_new_top(body: Any, names: tuple[str, ...]) -> Any:
    import keras

    features = keras.layers.GlobalAveragePooling2D(name="avg_pool")(body.output)
    features = keras.layers.Dropout(0.2, name="top_dropout")(features)
    outputs = keras.layers.Dense(len(names), activation="softmax", name="predictions")(features)
    return keras.Model(body.inputs, outputs, name=body.name)

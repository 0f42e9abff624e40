"""EfficientNets smaller than B0, by keras-cv's compound scaling."""

from __future__ import annotations

from typing import Any, Literal

from xaibrain import Model
from xaibrain.errors import UsageError
from xaibrain_efficientnet.classes import class_names_of

# The stages of EfficientNet-B0 (Tan & Le 2019, table 1): kernel, repeats, input and output width,
# expansion, stride.
_STAGES = (
    (3, 1, 32, 16, 1, 1),
    (3, 2, 16, 24, 6, 2),
    (5, 2, 24, 40, 6, 2),
    (3, 3, 40, 80, 6, 2),
    (5, 3, 80, 112, 6, 1),
    (5, 4, 112, 192, 6, 2),
    (3, 1, 192, 320, 6, 1),
)


def compact(
    classes: tuple[str, ...] | int = 4,
    size: int = 128,
    width: float = 0.35,
    depth: float = 0.5,
    drop: float = 0.0,
    output_stride: Literal[16, 32] = 16,
    crop: bool = False,
) -> Model:
    """Make an EfficientNet scaled below B0 (both coefficients 1), for RGB pixels from 0 to 255.

    Args:
        classes: Class names (separated by commas on the command line), or their number.
        size: Height and width of the input in pixels.
        width: Coefficient of the channels of every stage.
        depth: Coefficient of the blocks of every stage.
        drop: Share of features and of residual branches that training drops at random; a network this
            small has none to spare.
        output_stride: Pixels of the input to a cell of the last map; 32 is the paper's, 16 gives maps of
            twice the resolution.
        crop: Whether pictures are cut to the head first.

    Raises:
        UsageError: Fewer than two classes, or a coefficient that is not above 0.
    """
    # Here, since it imports the framework: whoever lists models needs none.
    from xaibrain import wrap

    names = class_names_of(classes)
    if min(width, depth) <= 0:
        raise UsageError("width and depth scale the network; give numbers above 0, such as 0.5.")
    network = _network(len(names), size, width, depth, drop, output_stride)
    return wrap(network, class_names=names, name=network.name, crop="foreground" if crop else "none")


def _network(classes: int, size: int, width: float, depth: float, drop: float, output_stride: int) -> Any:
    import keras
    from keras_cv.models import EfficientNetV1Backbone

    kernels, repeats, inputs, outputs, expansions, strides = (
        list(column) for column in zip(*_STAGES, strict=True)
    )
    if output_stride == 16:
        strides[5] = 1
    body = EfficientNetV1Backbone(
        include_rescaling=True,
        width_coefficient=width,
        depth_coefficient=depth,
        stackwise_kernel_sizes=kernels,
        stackwise_num_repeats=repeats,
        stackwise_input_filters=inputs,
        stackwise_output_filters=outputs,
        stackwise_expansion_ratios=expansions,
        stackwise_strides=strides,
        stackwise_squeeze_and_excite_ratios=[0.25] * len(_STAGES),
        drop_connect_rate=drop,
        dropout_rate=drop,
        input_shape=(size, size, 3),
    )
    features = keras.layers.GlobalAveragePooling2D(name="avg_pool")(body.output)
    features = keras.layers.Dropout(drop, name="top_dropout")(features)
    scores = keras.layers.Dense(classes, activation="softmax", name="predictions")(features)
    # The backbone's layers without its class: a saved file then opens without keras-cv.
    return keras.Model(body.input, scores, name="efficientnet-compact")

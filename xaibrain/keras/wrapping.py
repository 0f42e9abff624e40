"""A Keras 3 classifier that is at hand becomes a `xaibrain.Model`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from xaibrain.keras.inputs import input_size
from xaibrain.keras.model import KerasModel
from xaibrain.models.conversions import Runner
from xaibrain.models.converted import ConvertedModel
from xaibrain.models.engines import load_engine
from xaibrain.models.preprocessing import Preprocessing
from xaibrain.models.store import model_store


def wrap(
    model: Any,
    class_names: Sequence[str] = (),
    *,
    name: str = "",
    size: int | tuple[int, int] | None = None,
    value_range: tuple[float, float] = (0.0, 255.0),
    crop: Literal["none", "foreground"] = "none",
    fit: Literal["stretch", "pad"] = "stretch",
    engine: str | None = None,
    precision: str = "float32",
) -> KerasModel | ConvertedModel:
    """Make any Keras 3 classifier with one picture input answer xaibrain's questions.

    Functional, Sequential, subclassed, nested and shared models are read as they are; nothing is
    rebuilt, and weights, configuration and layers stay bit for bit the same.

    Args:
        model: A `keras.Model`.
        class_names: One name an output (two for a one-unit head); `class_0` … if left out.
        name: What to call it; the model's own name if left out.
        size: Height and width of the input, where the model itself leaves them open.
        value_range: What black and white are to the model: (0, 255) unless you trained on something
            else. Models that rescale inside, such as EfficientNet, take (0, 255).
        crop: `foreground` cuts pictures to the head first, if the model was trained so.
        fit: `stretch` or `pad` pictures to the input.
        engine: None asks the network itself, so that answers follow its weights. The name of an engine,
            or `auto` for the fastest, converts it once as it is now; answers then stay what they are.
        precision: What the engine computes in: `float32`, or `bfloat16` where it can.

    Raises:
        ModelError: Several inputs or outputs, or no picture input.
        UsageError: A class list of the wrong length; an unknown engine or precision.
    """
    shape = input_size(model, size)
    preprocessing = Preprocessing(shape[:2], shape[2], crop, fit, value_range)
    live = KerasModel(model, class_names, name or model.name, preprocessing, {})
    if engine is None:
        return live
    description = live.describe()
    return ConvertedModel(
        description,
        live.name,
        live.class_names,
        preprocessing,
        Runner(*load_engine(engine, precision), precision),
        model_store(f"{description.fingerprint}-{shape}-{value_range}", live.name),
        lambda: live,
    )

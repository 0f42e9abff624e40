"""What picture a Keras model takes."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from xaibrain.errors import ModelError
from xaibrain.keras.calling import output_of


def input_size(network: Any, size: int | tuple[int, int] | None) -> tuple[int, int, int]:
    """Return height, width and channels of a model's input.

    Args:
        network: A Keras model.
        size: Used for the sides that the model leaves open.

    Raises:
        ModelError: Several inputs, no picture input, or sides that are open or contradict `size`.
    """
    if keras.config.image_data_format() != "channels_last":
        raise ModelError("xaibrain reads (h, w, c) models; set image_data_format to 'channels_last'.")
    wanted = (size, size) if isinstance(size, int) else size and (size[0], size[1])
    shape = _declared(network)
    if shape is None:
        if wanted is None:
            raise ModelError(f"'{network.name}' does not say what it takes; give size=(HEIGHT, WIDTH).")
        return (*wanted, 3)
    if len(shape) != 4:
        raise ModelError(
            f"'{network.name}' takes {shape}; a picture model takes (n, height, width, channels)."
        )
    height, width, channels = shape[1:]
    if height in (1, 3) and channels not in (None, 1, 3):
        raise ModelError(
            f"'{network.name}' takes channels first, {shape[1:]}; xaibrain reads (height, width, channels)."
        )
    sides = (height or (wanted or (0, 0))[0], width or (wanted or (0, 0))[1])
    if 0 in sides:
        raise ModelError(f"'{network.name}' takes pictures of any size; give size=(HEIGHT, WIDTH).")
    if wanted and wanted != sides:
        raise ModelError(
            f"'{network.name}' takes {sides[0]}×{sides[1]} pictures, not {wanted[0]}×{wanted[1]}."
        )
    return (*sides, channels or 3)


def _declared(network: Any) -> tuple[int | None, ...] | None:
    """Return the input's shape with the batch axis first, or None where the model keeps it open."""
    try:
        shape = network.input_shape
    except (AttributeError, ValueError):
        shape = None
    if shape is None and network.built:
        shape = (network.get_build_config() or {}).get("input_shape")
    several = list(shape.values()) if isinstance(shape, dict) else shape
    if not several or not isinstance(several[0], (list, tuple)):
        return None if several is None else tuple(several)
    if len(several) != 1:
        raise ModelError(
            f"'{network.name}' has {len(several)} inputs; xaibrain explains one picture at a time."
        )
    return tuple(several[0])


def built(network: Any, shape: tuple[int, int, int]) -> Any:
    """Return a model that has been called once, so that its layers exist.

    Raises:
        ModelError: It cannot be called on one picture of this shape.
    """
    if not network.built:
        output_of(network, np.zeros((1, *shape), np.float32))
    return network

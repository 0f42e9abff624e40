"""The gradient of a head that pools a map and adds up its channels, in closed form."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from xaibrain.core.engine import Program

Slopes = NDArray[np.float32]
"""(classes, k): by how much a class score rises with each channel, at whatever position."""


def gradient_by(slopes: Slopes) -> Program:
    """Return the program `activations, weights -> gradient`, for which nothing has to be run.

    The gradient is a read-only view that holds one value a channel.
    """

    def program(arrays: Any) -> dict[str, NDArray[np.float32]]:
        each = np.asarray(arrays["weights"], np.float32) @ slopes
        return {"gradient": np.broadcast_to(each[:, None, None], arrays["activations"].shape)}

    return program

"""Named array shapes: n images, h rows, w columns, c input channels, k feature channels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Pixels: TypeAlias = NDArray[Any]
"""One picture as read: (h, w) grey or (h, w, 3) RGB, in its source's own dtype."""

Mask: TypeAlias = NDArray[np.bool_]
"""(h, w): True where the lesion is."""

Images: TypeAlias = NDArray[np.float32]
"""(n, h, w, c): a batch in the range that the model expects."""

Heatmap: TypeAlias = NDArray[np.float32]
"""(h, w): signed and raw, in units of the explainer."""

Heatmaps: TypeAlias = NDArray[np.float32]
"""(n, h, w): signed and raw, one a picture."""

Activations: TypeAlias = NDArray[np.float32]
"""(n, h, w, k): what a layer puts out."""

Logits: TypeAlias = NDArray[np.float32]
"""(n, classes): class scores before softmax or sigmoid."""

Targets: TypeAlias = NDArray[np.int64]
"""(n,): the class that each picture is explained for, as an index; or (n, 2): one class against another."""

Filler: TypeAlias = Callable[[Images], int]
"""Fills a buffer from its start with the next pictures, as many as it holds; says how many, 0 at the end."""

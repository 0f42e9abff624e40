"""Maps after each epoch of a training, so that one can watch what a network learns to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from xaibrain.core.model import Model
from xaibrain.core.records import Explanation, Image
from xaibrain.inputs import items_of
from xaibrain.loading import load_explainer
from xaibrain.pipeline import Pipeline
from xaibrain.render.overlay import overlay
from xaibrain.render.png import save_png
from xaibrain.render.sheet import contact_sheet


class Watcher:
    """Draws Grad-CAM of some pictures, for their true classes, onto a sheet an epoch.

    Args:
        model: Whose network is being trained.
        folder: Where `epoch-001.png` and so on are written.
    """

    def __init__(self, model: Model, folder: Path) -> None:
        self.model = model
        self.folder = folder

    def __call__(self, epoch: int, images: Sequence[Image]) -> None:
        """Draw the sheet of an epoch."""
        pipeline = Pipeline(self.model, {"gradcam": load_explainer("gradcam")}, "label")
        outcomes = [outcome for some in pipeline.run(items_of(images)) for outcome in some]
        drawn = [overlay(outcome) for outcome in outcomes if isinstance(outcome, Explanation)]
        save_png(contact_sheet(drawn, columns=4), self.folder / f"epoch-{epoch:03d}.png")

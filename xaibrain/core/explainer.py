"""What an explainer must answer; nothing needs to be inherited."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from xaibrain.core.model import Model
from xaibrain.types import Heatmaps, Images, Targets


@runtime_checkable
class Explainer(Protocol):
    """A method: arithmetic over what a model answers.

    Typed constructor parameters (a dataclass is the easiest) become command-line settings. A class
    attribute `requires: frozenset[Capability]` names the questions it asks, and is checked before any
    work starts; a parameter `layer: str = "auto"` makes it a method of a layer, or of several, separated
    by commas.

    It may have a second method, `notes(model, images, targets, heatmaps)`, which is asked after `explain`
    and returns for each picture a mapping of what a reader of its map should know: short sentences and
    numbers, by name. They stand in the record.
    """

    def explain(self, model: Model, images: Images, targets: Targets) -> Heatmaps:
        """Return one signed, raw map a picture.

        Args:
            model: Answers what the method needs.
            images: (n, h, w, c) float32, preprocessed; read-only.
            targets: (n,) class indices; or (n, 2), one class against another, for a target `a:b`.
                `xaibrain.target_scores(logits, targets)` is the score to explain in both cases.

        Returns:
            (n, h, w) float32 at any resolution that covers the whole frame.
        """
        ...

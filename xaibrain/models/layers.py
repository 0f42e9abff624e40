"""The layers of a model that put out a spatial map, by path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from xaibrain.core.records import LayerChoice
from xaibrain.errors import ModelError, unknown_name


@dataclass(frozen=True)
class Layers:
    """What can be read in a model, and which of it is read unless another is named.

    Attributes:
        told: Path to a description of the layer and its map, in the order of computation.
        auto: The layer for `"auto"`; None where there is no map at all.
    """

    told: Mapping[str, str]
    auto: LayerChoice | None

    def choose(self, layer: str) -> LayerChoice:
        """Resolve `"auto"`, a path, or an ending of a path that only one layer has.

        Raises:
            UnknownNameError: No layer with a spatial map has this path.
            ModelError: There is none at all.
        """
        if layer == "auto":
            if self.auto:
                return self.auto
            raise ModelError(
                "The model has no layer with a spatial map (height × width × channels) before its output; "
                "use an explainer that needs no layer. Run: xaibrain explainers"
            )
        path = self.resolve(layer)
        return LayerChoice(path, f"asked for: {self.told[path]}")

    def resolve(self, path: str) -> str:
        """Return the whole path for a path, or for an ending of one path alone.

        Raises:
            UnknownNameError: There is none, or several.
        """
        endings = [known for known in self.told if known == path or known.endswith(f"/{path}")]
        if path in self.told or len(endings) == 1:
            return path if path in self.told else endings[0]
        tail = ", ".join(list(self.told)[-4:]) or "none"
        raise unknown_name("layer with a spatial map", path, self.told, f"The last ones are: {tail}.")

"""What a model makes of thousands of copies of one picture, each with parts removed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from xaibrain import Model, masked_logits, target_scores
from xaibrain.types import Images, Logits, Targets
from xaibrain_perturbation.filling import Fill, filling_of

Of: TypeAlias = Literal["logit", "probability"]
"""What is watched: the class score before softmax or sigmoid, or the model's own output after it."""

Kept: TypeAlias = NDArray[np.float32]
"""(h, w), 0 to 1: how much of each pixel is kept; the filling takes the rest."""

Scores: TypeAlias = NDArray[np.float64]
"""(m,): the target's score of m copies."""


@dataclass(frozen=True)
class Probe:
    """One picture, and the score of its target as a function of what of the picture is kept.

    Attributes:
        model: Answers `logits`.
        picture: (h, w, c), as the model takes it.
        filling: (h, w, c), what stands where nothing is kept.
        target: (1,) or (1, 2). For a pair, the score is that of the first less that of the second.
        of: Which score.
        batch_size: Copies in memory.
    """

    model: Model
    picture: Images
    filling: Images
    target: Targets
    of: Of
    batch_size: int

    def scores(self, masks: Iterable[Kept]) -> Scores:
        """Return the score of the copy that each mask makes."""
        return np.concatenate([scores for _, scores in self.in_batches(masks)])

    def in_batches(self, masks: Iterable[Kept]) -> Iterator[tuple[Kept, Scores]]:
        """Yield m masks at a time, (m, h, w), with their scores, (m,).

        The masks that are yielded are overwritten by later ones.
        """
        asked = masked_logits(self.model, self.picture, masks, self.filling, self.batch_size)
        for kept, logits in asked:
            yield kept, self._watched(logits)

    def _watched(self, logits: Logits) -> Scores:
        values = logits if self.of == "logit" else self.model.probabilities(logits)
        return target_scores(values, np.repeat(self.target, len(values), axis=0)).astype(np.float64)


def probes(
    model: Model, images: Images, targets: Targets, fill: Fill, of: Of, batch_size: int
) -> Iterator[Probe]:
    """Yield one probe a picture.

    Args:
        model: Answers `logits`.
        images: (n, h, w, c), as the model takes them.
        targets: (n,) or (n, 2).
        fill: What stands for the parts that are removed.
        of: Which score.
        batch_size: Copies in memory, and in a forward pass.
    """
    for index, picture in enumerate(np.asarray(images, np.float32)):
        filling = filling_of(picture, fill, model)
        yield Probe(model, picture, filling, targets[index : index + 1], of, batch_size)

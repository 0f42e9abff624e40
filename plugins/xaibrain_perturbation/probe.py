"""Shows a model thousands of copies of one picture with parts removed, one batch in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from xaibrain import Model, target_scores
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
        batch_size: Copies in memory, and in a forward pass.
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

        The masks that are yielded are overwritten by the next ones.
        """
        kept = np.empty((self.batch_size, *self.picture.shape[:2]), np.float32)
        copies = np.empty((self.batch_size, *self.picture.shape), np.float32)
        stream = iter(masks)
        while count := self._fill(kept, copies, stream):
            yield kept[:count], self._scores_of(copies[:count])

    def _fill(self, kept: Kept, copies: Images, stream: Iterator[Kept]) -> int:
        count = 0
        for mask in islice(stream, self.batch_size):
            kept[count] = mask
            self._show(kept[count], copies[count])
            count += 1
        return count

    def _show(self, mask: Kept, copy: Images) -> None:
        """Write mask · picture + (1 − mask) · filling: where the mask is 1, the picture bit for bit."""
        # The mask is spread over the channels first: NumPy is slow where it has to do that while multiplying.
        shares: Any = cv2.merge([mask] * copy.shape[2])
        shares = shares.reshape(copy.shape)
        np.multiply(self.picture, shares, out=copy)
        np.subtract(1, shares, out=shares)
        shares *= self.filling
        copy += shares

    def _scores_of(self, copies: Images) -> Scores:
        logits = _logits(self.model, copies)
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


def _logits(model: Model, copies: Images) -> Logits:
    """Ask for all at once; if that fails, for halves: out of memory, most likely."""
    try:
        return np.asarray(model.logits(copies))
    # Every framework has an exception of its own for that. Any other is raised again by the last copy.
    except Exception:
        if len(copies) == 1:
            raise
        half = len(copies) // 2
        return np.concatenate([_logits(model, copies[:half]), _logits(model, copies[half:])])

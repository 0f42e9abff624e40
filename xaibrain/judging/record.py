"""What a benchmark found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xaibrain.judging.run import Judged
from xaibrain.judging.standings import Ranking


@dataclass(frozen=True)
class Benchmark:
    """What a benchmark found.

    Attributes:
        configuration: All that the scores depend on, beside the pictures.
        judged: What became of each picture, with every score.
        rankings: Metric to how the methods stand.
        planted: What came of planting lesions; None where none were.
    """

    configuration: Mapping[str, Any]
    judged: Sequence[Judged]
    rankings: Mapping[str, Ranking]
    planted: Mapping[str, Any] | None = None

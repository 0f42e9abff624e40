"""Which method at which layer a benchmark speaks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xaibrain.core.explainer import Explainer
from xaibrain.core.manager import manager
from xaibrain.defaults import CHOOSING_METRIC
from xaibrain.errors import InputError
from xaibrain.judging.record import Benchmark
from xaibrain.judging.standings import SEED, Standing
from xaibrain.ops.bootstrap import mean_intervals

# One pass through the head; one through the whole network; or many, one for each changed picture.
_COST = {"input-gradient": 1, "guided-gradient": 1, "logits": 2, "head": 2}


@dataclass(frozen=True)
class Choice:
    """The best method of a benchmark.

    Attributes:
        explainer: Its registered name.
        layer: Path of its layer; None if it reads none.
        parameters: All its parameters, save the layer.
        value: Its mean by the metric; a map without any relevance counts as 0.
        low: Lower end of the 95 % interval.
        high: Upper end.
        baseline: The best baseline.
        baseline_value: That one's mean.
        equals: The rows that it was preferred to for being cheaper or named before, though they were not
            shown to be worse; the one with the highest mean among them.
        pictures: How many pictures decided.
        groups: How many groups these are.
    """

    explainer: str
    layer: str | None
    parameters: Mapping[str, Any]
    value: float
    low: float
    high: float
    baseline: str
    baseline_value: float
    equals: Sequence[str]
    pictures: int
    groups: int

    @property
    def name(self) -> str:
        """The method, with its layer after an `@` if it reads one."""
        return f"{self.explainer}@{self.layer}" if self.layer else self.explainer


def chosen(found: Benchmark) -> Choice:
    """Return the best method and layer by `CHOOSING_METRIC`.

    Only methods that beat the best baseline are considered: the whole 95 % interval of their gain over it,
    picture by picture, lies above 0. Of those whose gain under the best of them cannot be told from 0 in the
    same way, the cheapest is taken: methods of a layer's activations and gradients before those of the
    gradient at the input, and these before those that ask for the scores of changed pictures; of equally
    cheap ones the one that was named first, layers before methods.

    Args:
        found: A benchmark with baselines, by `CHOOSING_METRIC` among others.

    Raises:
        InputError: No picture has a mask, no baseline took part, or no method beats the best baseline.
    """
    contest = _Contest(found)
    best = contest.best()
    name = contest.names[best]
    standing = contest.standings[name]
    parameters = {key: value for key, value in found.configuration["methods"][name].items() if key != "layer"}
    value, (low, high) = float(contest.means[best]), contest.intervals[:, best]
    return Choice(
        explainer=standing.explainer,
        layer=standing.layer,
        parameters=parameters,
        value=value,
        low=float(low),
        high=float(high),
        baseline=contest.names[contest.baseline],
        baseline_value=float(contest.means[contest.baseline]),
        equals=[contest.names[column] for column in contest.equals() if column != best],
        pictures=len(contest.values),
        groups=len(np.unique(contest.groups)),
    )


class _Contest:
    """Methods in the columns, in the order in which they were named; pictures in the rows."""

    def __init__(self, found: Benchmark) -> None:
        self.standings: Mapping[str, Standing] = {
            one.name: one for one in found.rankings[CHOOSING_METRIC].standings
        }
        self.names = [name for name in found.configuration["methods"] if name in self.standings]
        scored = [one for one in found.judged if one.scores]
        table = [[one.scores[name][CHOOSING_METRIC].value for name in self.names] for one in scored]
        values = np.array(table, dtype=np.float64)
        decides = ~np.isnan(values).all(axis=1)
        if not decides.any():
            raise InputError("Nothing can be chosen: no picture has a mask. Plant the evidence: add --plant")
        # A map that shows nothing for its target shows nothing on the evidence either.
        self.values = np.nan_to_num(values[decides])
        self.groups = np.array([one.group for one in scored])[decides]
        self.means = self.values.mean(axis=0)
        self.intervals = self._intervals(self.values)
        trivial = [column for column, name in enumerate(self.names) if self.standings[name].baseline]
        if not trivial:
            raise InputError("Nothing can be chosen: no baseline took part, so nothing is known to beat one.")
        self.baseline = max(trivial, key=lambda column: float(self.means[column]))
        ahead = self._intervals(self.values - self.values[:, [self.baseline]])[0] > 0
        self.sound = [column for column in np.flatnonzero(ahead).tolist() if column not in trivial]
        if not self.sound:
            raise InputError(
                f"Nothing is chosen: by {CHOOSING_METRIC} no method was shown to beat "
                f"'{self.names[self.baseline]}', which does not look at the model. "
                "Compare more methods or layers: -e all -l LAYER"
            )

    def _intervals(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return mean_intervals(values, self.groups, np.random.default_rng(SEED))

    def equals(self) -> list[int]:
        """Return the column with the highest mean, and those that were not shown to be worse."""
        first = max(self.sound, key=lambda column: float(self.means[column]))
        behind = self._intervals(self.values[:, [first]] - self.values)[0]
        return [column for column in self.sound if behind[column] <= 0]

    def best(self) -> int:
        """Return the cheapest of these."""
        return min(self.equals(), key=lambda column: (_cost(self.standings[self.names[column]]), column))


def _cost(standing: Standing) -> int:
    method: type[Explainer] = manager().registry.get("explainer", standing.explainer).target()
    return max((_COST.get(need, 0) for need in getattr(method, "requires", ())), default=0)

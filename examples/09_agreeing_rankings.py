"""Tells whether two benchmarks rank methods alike.

python examples/09_agreeing_rankings.py FOLDER FOLDER [METRIC]

Needs the extra `metrics`: pip install 'xaibrain[metrics]'.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from scipy.stats import kendalltau


# --8<-- [start:agreement]
def agreement(
    first: str, second: str, metric: str = "relevance-mass"
) -> tuple[float, int]:
    """Return Kendall's tau of the methods that both ranked, and how many these are."""
    one, other = means(first, metric), means(second, metric)
    both = [name for name in one if name in other]
    tau = kendalltau(
        [one[name] for name in both], [other[name] for name in both]
    ).statistic
    return float(tau), len(both)


def means(folder: str, metric: str) -> dict[str, float]:
    """Return the mean of each method at each layer, without the baselines."""
    record = json.loads((Path(folder) / "benchmark.json").read_text("utf-8"))
    standings = record["rankings"][metric]["standings"]
    return {
        one["name"]: one["mean"]["value"]
        for one in standings
        if not one["baseline"] and one["mean"]["value"] is not None
    }


# --8<-- [end:agreement]


if __name__ == "__main__":
    value, rows = agreement(*sys.argv[1:])
    print(f"Kendall's tau {value:.2f} over {rows} methods and layers")

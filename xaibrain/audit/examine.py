"""The audit as a whole: pictures in, findings out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from xaibrain.audit.confounds import Probes, probe_confounds
from xaibrain.audit.glance import Glance, Progress, glances
from xaibrain.audit.hashing import NEAR_BITS
from xaibrain.audit.leaks import Leak, find_conflicts, find_leaks
from xaibrain.audit.suspects import Suspects, find_suspects
from xaibrain.audit.twins import ALIKE, Twins, find_twins
from xaibrain.core.model import Model
from xaibrain.errors import DatasetError
from xaibrain.inputs import Item


@dataclass(frozen=True)
class Audit:
    """Everything that was found.

    Attributes:
        name: What was audited.
        seen: The pictures that could be read; every position below is one among them.
        unreadable: A line for each that could not.
        balance: Split ("" where there is none) to class ("" where there is none) to count.
        twins: Equal files and near-duplicates.
        leaks: Pictures that stand in another split too.
        conflicts: Groups of twins with more than one label.
        probes: What gives the class away beside the anatomy.
        suspects: Labels that are doubtful, if a model was given to look with.
    """

    name: str
    seen: list[Glance]
    unreadable: list[str]
    balance: dict[str, dict[str, int]]
    twins: Twins
    leaks: list[Leak]
    conflicts: list[list[int]]
    probes: Probes
    suspects: Suspects | None = None


def audit(
    name: str,
    items: Sequence[Item],
    progress: Progress = lambda what, done, total: None,
    bits: int = NEAR_BITS,
    alike: float = ALIKE,
    seed: int = 0,
    model: Model | None = None,
) -> Audit:
    """Look at every picture once and report what would spoil training or testing on them.

    Time grows with the square of the number of pictures, slowly: three thousand pictures take 5 million
    comparisons of a few seconds in all, beside reading them.

    Args:
        name: What to call the dataset.
        items: The pictures; see `xaibrain.inputs.items_of`.
        progress: Told how far the work is.
        bits: Largest hash distance of pairs that are aligned in any case, 0 to 64.
        alike: Least likeness of twins, 0 to 1.
        seed: Of the probes, and of the search for label errors.
        model: With it, label errors are looked for, by its features.

    Raises:
        DatasetError: No picture can be read.
        PluginError: ImageHash, scikit-learn or, with a model, cleanlab is not installed.
    """
    seen, unreadable = glances(items, progress)
    if not seen:
        raise DatasetError(f"{name} has no readable picture; check its folder.")
    twins = find_twins(seen, progress, bits, alike)
    return Audit(
        name,
        seen,
        unreadable,
        _balance(seen),
        twins,
        find_leaks(seen, twins),
        find_conflicts(seen, twins),
        probe_confounds(seen, twins.groups, seed, progress),
        find_suspects(seen, twins.groups, items, model, seed, progress) if model else None,
    )


def _balance(seen: Sequence[Glance]) -> dict[str, dict[str, int]]:
    counts = Counter((glance.split or "", glance.label or "") for glance in seen)
    balance: dict[str, dict[str, int]] = {}
    for (split, label), count in sorted(counts.items()):
        balance.setdefault(split, {})[label] = count
    return balance

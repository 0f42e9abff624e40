"""Which pictures of a dataset are scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args

from xaibrain.core.dataset import Dataset
from xaibrain.errors import InputError, UsageError
from xaibrain.inputs import Item
from xaibrain.splits import split_of

On = Literal["held-out", "original", "random", "all"]
"""Those that the checkpoint was kept from; the dataset's own test split; 15 % at random; all."""

RANDOM_SHARE = 0.15


def ids_of(dataset: Dataset, items: Sequence[Item]) -> list[str]:
    """Return the ids of a dataset's pictures; one that does not list them is read once for them."""
    if getattr(dataset, "ids", ()):
        return [item.id for item in items]
    ids = []
    for item in items:
        try:
            ids.append(item.read().id)
        except InputError:
            ids.append(item.id)
    return ids


def held_out_ids(card: Mapping[str, Any]) -> frozenset[str]:
    """Return what a checkpoint's card says was kept from training; empty where it does not say."""
    split = card.get("split")
    held = split.get("held_out") if isinstance(split, Mapping) else None
    return frozenset(held) if isinstance(held, list) else frozenset()


def is_home(ids: Sequence[str], held_out: frozenset[str]) -> bool:
    """Say whether pictures are of the dataset that a checkpoint was trained on: it held some of them out."""
    return not held_out.isdisjoint(ids)


def chosen(ids: Sequence[str], on: On | None, held_out: frozenset[str], seed: int) -> tuple[On, list[int]]:
    """Return which pictures are scored, by name and by position.

    Args:
        ids: Of all the dataset's pictures.
        on: Left out: `held-out` where the checkpoint held some of these pictures out, else `all`.
        held_out: What the checkpoint was kept from.
        seed: Of the random choice.

    Raises:
        UsageError: No such choice, or it chooses nothing here.
    """
    on = on or ("held-out" if is_home(ids, held_out) else "all")
    if on not in get_args(On):
        raise UsageError(f"on={on!r} means nothing; give one of: {', '.join(get_args(On))}.")
    if on == "held-out":
        positions = [place for place, id in enumerate(ids) if id in held_out]
        reason = "the checkpoint held none of these pictures out, or its card does not say"
    elif on == "original":
        positions = [place for place, id in enumerate(ids) if split_of(id) == "test"]
        reason = "the dataset's ids tell no test split (a first folder 'test' or 'testing')"
    elif on == "random":
        positions = _random(len(ids), seed)
        reason = "there are too few pictures to split"
    else:
        positions, reason = list(range(len(ids))), "the dataset is empty"
    if not positions:
        raise UsageError(f"'{on}' chooses no picture: {reason}. Choose another, such as all.")
    return on, positions


def _random(count: int, seed: int) -> list[int]:
    from sklearn.model_selection import train_test_split

    if count < 2:
        return []
    _, test = train_test_split(list(range(count)), test_size=RANDOM_SHARE, random_state=seed)
    return sorted(test)

"""Splits, leaks and labels that contradict each other, on hand-made findings."""

import numpy as np

from xaibrain.audit.glance import Glance
from xaibrain.audit.leaks import conflicting_pairs, find_conflicts, find_leaks
from xaibrain.audit.twins import Pair, Twins


def seen_of(*places):
    blank = np.zeros((128, 128), np.uint8)
    return [Glance(i, f"{i}", label, split, f"{i}", 0, blank, {}) for i, (split, label) in enumerate(places)]


def twins_of(pairs=(), identical=(), groups=()):
    return Twins(list(identical), list(pairs), list(pairs), list(groups), [0] * 65, 4, 0.96)


def test_a_leak_belongs_to_the_smaller_split_and_names_its_nearest_twin():
    seen = seen_of(("train", "a"), ("train", "a"), ("train", "a"), ("test", "a"), (None, "a"))
    pairs = [Pair(0, 3, 0, 0.97), Pair(1, 3, 0, 0.99), Pair(0, 1, 0, 0.98), Pair(3, 4, 0, 1.0)]
    (leak,) = find_leaks(seen, twins_of(pairs))
    assert (leak.position, leak.split, leak.other_split, leak.twin, leak.likeness) == (
        3, "test", "train", 1, 0.99,
    )  # fmt: skip


def test_equal_files_leak_and_pass_their_twins_on():
    seen = seen_of(("train", "a"), ("test", "a"), ("train", "b"), ("train", "a"), ("validation", "a"))
    twins = twins_of([Pair(0, 2, 3, 0.97)], [[0, 1]], [[0, 1, 2]])
    (leak,) = find_leaks(seen, twins)
    assert (leak.position, leak.twin, leak.likeness) == (1, 0, 1.0)
    assert find_conflicts(seen, twins) == [[0, 1, 2]]
    assert [(pair.first, pair.second) for pair in conflicting_pairs(seen, twins)] == [(0, 2), (1, 2)]


def test_without_splits_and_labels_there_is_nothing_to_leak():
    seen = seen_of((None, None), (None, "a"), (None, None))
    twins = twins_of([Pair(0, 1, 0, 1.0)], [], [[0, 1]])
    assert (find_leaks(seen, twins), find_conflicts(seen, twins)) == ([], [])

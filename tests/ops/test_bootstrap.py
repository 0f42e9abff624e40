"""Bootstrap intervals cover what they should, and count groups, not pictures."""

import numpy as np
import pytest

from xaibrain.ops.bootstrap import group_intervals, mean_intervals


def rng():
    return np.random.default_rng(3)


def by_hand(values, groups, draws=2000):
    """The same draws, one column, in plain Python."""
    names, random = sorted(set(groups)), rng()
    members = [[v for v, g in zip(values, groups, strict=True) if g == name] for name in names]
    means = []
    for _ in range(draws):
        picked = [v for index in random.integers(0, len(names), len(names)) for v in members[index]]
        known = [v for v in picked if not np.isnan(v)]
        means.append(np.mean(known) if known else np.nan)
    return np.nanpercentile(means, [2.5, 97.5])


def test_as_drawn_by_hand():
    values = np.array([0.1, 0.5, np.nan, 0.9, 0.3, 0.2])
    groups = np.array(["a", "b", "b", "c", "a", "d"])
    found = mean_intervals(np.stack([values, values * 2, values * np.nan], axis=1), groups, rng())
    assert np.allclose(found[:, 0], by_hand(values, groups))
    assert np.allclose(found[:, 1], 2 * found[:, 0])
    assert np.isnan(found[:, 2]).all()


def test_it_covers_the_mean_as_often_as_it_says():
    draw = np.random.default_rng(0)
    samples = draw.normal(size=(60, 400))
    low, high = mean_intervals(samples, np.arange(60), rng(), draws=600)
    assert np.mean((low < 0) & (high > 0)) == pytest.approx(0.95, abs=0.03)


def test_copies_of_a_picture_make_nothing_surer():
    values = np.random.default_rng(1).normal(size=(30, 1))
    once = mean_intervals(values, np.arange(30), rng())
    copied = np.repeat(values, 5, axis=0)
    assert np.allclose(mean_intervals(copied, np.repeat(np.arange(30), 5), rng()), once)
    fooled = mean_intervals(copied, np.arange(150), rng())
    assert np.ptp(fooled) < 0.6 * np.ptp(once)


def test_any_estimate_is_resampled_by_whole_groups():
    values, groups = np.random.default_rng(1).normal(size=40), np.arange(40) // 2

    def ratio(weights):
        return (weights @ values**2 / (1 + weights @ np.abs(values)))[:, None]

    draws, random = [], rng()
    for _ in range(500):
        picked = np.concatenate([values[groups == pick] for pick in random.integers(0, 20, 20)])
        draws.append((picked**2).sum() / (1 + np.abs(picked).sum()))
    found = group_intervals(ratio, groups, rng(), draws=500)
    assert np.allclose(found[:, 0], np.percentile(draws, [2.5, 97.5]))


def test_draws_without_a_value_are_left_out():
    def first_alone(weights):
        return np.where(weights[:, :1] > 0, weights[:, :1], np.nan)

    low, high = group_intervals(first_alone, np.arange(5), rng())[:, 0]
    assert low == 1
    assert high > 1

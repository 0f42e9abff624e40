"""Calibration error and temperature against hand-made cases and a slow transcription."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xaibrain.evaluation.calibration import (
    at_temperature,
    cross_fitted,
    ece_if_calibrated,
    expected_calibration_error,
    fit_temperature,
    reliability,
)


def softmax(scores):
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def simulated(temperature, pictures=6000, seed=0):
    """Scores whose softmax at this temperature is the probability that labels are drawn with."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(0, 3, (pictures, 4))
    chances = softmax(scores / temperature)
    labels = (rng.random((pictures, 1)) > chances.cumsum(axis=1)).sum(axis=1)
    return softmax(scores), labels


def slow_ece(probabilities, labels, bins):
    """Guo et al. 2017, equation 3, picture by picture."""
    total = 0.0
    for m in range(1, bins + 1):
        members = [
            (max(row), list(row).index(max(row)) == label)
            for row, label in zip(probabilities, labels, strict=True)
            if (m - 1) / bins < max(row) <= m / bins
        ]
        if members:
            confidence = sum(p for p, _ in members) / len(members)
            accuracy = sum(right for _, right in members) / len(members)
            total += len(members) / len(labels) * abs(accuracy - confidence)
    return total


def test_a_model_that_is_as_often_right_as_it_says_has_no_error():
    probabilities = np.tile([0.75, 0.25], (8, 1))
    labels = np.array([0, 0, 0, 0, 0, 0, 1, 1])
    assert expected_calibration_error(probabilities, labels) == 0


def test_a_model_that_is_too_sure_errs_by_how_much():
    probabilities = np.tile([0.9, 0.1], (10, 1))
    labels = np.repeat([0, 1], 5)
    assert expected_calibration_error(probabilities, labels) == pytest.approx(0.4)


def test_errors_of_bins_are_weighted_and_do_not_cancel():
    # Three pictures at 0.6, all right: gap 0.4. One at 1.0, wrong: gap 1.
    probabilities = np.array([[0.6, 0.4]] * 3 + [[1.0, 0.0]])
    labels = np.array([0, 0, 0, 1])
    assert expected_calibration_error(probabilities, labels) == pytest.approx(0.75 * 0.4 + 0.25 * 1)


@given(st.integers(0, 10_000), st.integers(1, 20))
def test_calibration_error_is_that_of_the_paper(seed, bins):
    rng = np.random.default_rng(seed)
    probabilities, labels = rng.dirichlet(np.ones(3), 40), rng.integers(0, 3, 40)
    expected = slow_ece(probabilities, labels, bins)
    assert expected_calibration_error(probabilities, labels, bins) == pytest.approx(expected)


def test_a_confidence_on_a_bins_edge_belongs_to_the_lower_bin():
    bins = reliability(np.array([[0.6, 0.4], [1.0, 0.0]]), np.array([0, 0]), bins=5)
    assert bins.counts.tolist() == [0, 0, 1, 0, 1]
    assert bins.confidence[2] == 0.6
    assert np.isnan(bins.accuracy[0])


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_of_simulated_scores_is_recovered(temperature):
    fit = fit_temperature(*simulated(temperature))
    assert fit.found
    assert fit.value == pytest.approx(temperature, rel=0.06)


def test_no_temperature_near_the_best_is_more_likely():
    probabilities, labels = simulated(1.7, pictures=300)

    def loss(temperature):
        return -sum(math.log(row[label]) for row, label in
                    zip(at_temperature(probabilities, temperature), labels, strict=True))  # fmt: skip

    best = fit_temperature(probabilities, labels).value
    everywhere = [loss(t) for t in np.geomspace(0.1, 10, 200)]
    assert loss(best) <= min(everywhere)
    assert loss(best) < min(loss(best * 1.01), loss(best / 1.01))


def test_scaling_probabilities_is_scaling_scores():
    scores = np.random.default_rng(0).normal(0, 4, (50, 3))
    np.testing.assert_allclose(at_temperature(softmax(scores), 2.2), softmax(scores / 2.2), rtol=1e-9)
    # One unit z stands for the two probabilities of a sigmoid.
    z = scores[:, 0]
    both = np.stack([1 / (1 + np.exp(z)), 1 / (1 + np.exp(-z))], axis=1)
    np.testing.assert_allclose(at_temperature(both, 2.2)[:, 1], 1 / (1 + np.exp(-z / 2.2)), rtol=1e-9)


@pytest.mark.parametrize("labels", [[0, 1, 0, 1], [1, 0, 1, 0]])
def test_where_all_are_right_or_all_wrong_no_temperature_is_found(labels):
    probabilities = np.array([[0.8, 0.2], [0.3, 0.7], [0.9, 0.1], [0.4, 0.6]])
    assert not fit_temperature(probabilities, np.array(labels)).found


def test_each_fold_is_scaled_by_a_temperature_of_the_others():
    probabilities, labels = simulated(2.0, pictures=200)
    groups = np.repeat(np.arange(100), 2)
    scaled = cross_fitted(probabilities, labels, groups, seed=3)
    # The temperature of each picture, from its own odds; one a group.
    before = np.log(probabilities[:, 0] / probabilities[:, 1])
    used = before / np.log(scaled[:, 0] / scaled[:, 1])
    temperatures = {round(t, 6) for t in used}
    assert len(temperatures) == 5
    np.testing.assert_allclose(used[::2], used[1::2])
    for temperature in temperatures:
        others = np.abs(used - temperature) > 1e-5
        assert fit_temperature(probabilities[others], labels[others]).value == pytest.approx(temperature)


def test_what_is_measured_after_scaling_does_not_know_its_own_labels():
    # Labels at random: a temperature fitted on them would flatter itself, one of other groups cannot.
    probabilities, labels = simulated(1.0, pictures=30, seed=4)
    groups = np.arange(30)
    scaled = cross_fitted(probabilities, labels, groups, seed=0)
    changed = labels.copy()
    changed[0] = (labels[0] + 1) % 4
    again = cross_fitted(probabilities, changed, groups, seed=0)
    # Changing a picture's label moves the temperatures of the other folds, never its own.
    np.testing.assert_array_equal(again[0], scaled[0])
    assert not np.allclose(again, scaled)


def test_one_group_cannot_be_cross_fitted():
    probabilities, labels = simulated(1.0, pictures=10)
    assert cross_fitted(probabilities, labels, np.zeros(10, int), seed=0) is None


def test_certainty_and_its_opposite_stay_finite():
    scaled = at_temperature(np.array([[1.0, 0.0]]), 3.0)
    assert np.isfinite(scaled).all()
    assert scaled.sum() == pytest.approx(1)
    assert np.isfinite(fit_temperature(np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([0, 1])).value)


def test_chance_alone_gives_what_labels_drawn_from_true_probabilities_give():
    rng = np.random.default_rng(5)
    probabilities = np.repeat(rng.dirichlet([0.4] * 3, 60), 2, axis=0)
    groups = np.arange(120) // 2
    slow = []
    for _ in range(600):
        luck = rng.random(60)[groups]
        right = luck < probabilities.max(axis=1)
        best = probabilities.argmax(axis=1)
        slow.append(expected_calibration_error(probabilities, np.where(right, best, (best + 1) % 3)))
    drawn = ece_if_calibrated(probabilities, groups, draws=600)
    # Two samples of 600 draws: their means differ by some hundredths of the spread.
    assert abs(drawn.mean() - np.mean(slow)) < 0.3 * np.std(slow)
    assert 0.7 < drawn.std() / np.std(slow) < 1.4
    # Copies are right or wrong together, which is as if there were fewer pictures.
    assert drawn.mean() > 1.2 * ece_if_calibrated(probabilities, np.arange(120)).mean()

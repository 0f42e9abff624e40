"""Scores against scikit-learn and against slow transcriptions of their definitions."""

import itertools
import math

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    log_loss,
    recall_score,
    roc_auc_score,
)

from xaibrain.evaluation.scores import scores_of
from xaibrain.evaluation.weighted import Weighted

NAMES = ("a", "b", "c", "d")


def drawn(pictures=90, classes=4, seed=0):
    """Probabilities that lean to the true class, with ties among them."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, pictures)
    probabilities = rng.dirichlet(np.ones(classes), pictures) + 0.4 * np.eye(classes)[labels]
    probabilities = np.round(probabilities / probabilities.sum(axis=1, keepdims=True), 2)
    probabilities[:, 0] = 1 - probabilities[:, 1:].sum(axis=1)
    return np.clip(probabilities, 0, 1), labels


def by_sklearn(probabilities, labels, groups, weights):
    predicted, classes = probabilities.argmax(axis=1), range(probabilities.shape[1])
    weighted = {"sample_weight": weights}
    once = {"sample_weight": weights / [(groups == group).sum() for group in groups]}
    return [
        accuracy_score(labels, predicted, **weighted),
        balanced_accuracy_score(labels, predicted, **weighted),
        f1_score(labels, predicted, average="macro", **weighted),
        accuracy_score(labels, predicted, **once),
        f1_score(labels, predicted, average="macro", **once),
        roc_auc_score(labels, probabilities, multi_class="ovr", average="macro", **weighted),
        log_loss(labels, probabilities, labels=classes, **weighted),
        brier_score_loss(labels, probabilities, labels=classes, scale_by_half=False, **weighted),
        *recall_score(labels, predicted, average=None, **weighted),
    ]


def test_many_weightings_at_once_score_as_scikit_learn_does_one_by_one():
    probabilities, labels = drawn()
    weights = np.random.default_rng(1).integers(0, 4, (5, len(labels))).astype(float)
    groups = np.random.default_rng(2).integers(0, 30, len(labels))
    found = Weighted(probabilities, labels, groups)(weights)
    slow = np.array([by_sklearn(probabilities, labels, groups, row) for row in weights])
    np.testing.assert_allclose(found, slow, rtol=1e-9)


def test_every_measure_is_what_its_definition_says():
    probabilities, labels = drawn(pictures=40)
    scores = scores_of(probabilities, labels, np.arange(40), NAMES, draws=20)
    predicted = [max(range(4), key=lambda k: row[k]) for row in probabilities]
    counted = [[0] * 4 for _ in range(4)]
    for true, called in zip(labels, predicted, strict=True):
        counted[true][called] += 1
    assert scores.confusion.tolist() == counted
    f1s, aucs = [], []
    for k, name in enumerate(NAMES):
        own = scores.classes[name]
        precision = counted[k][k] / sum(row[k] for row in counted)
        recall = counted[k][k] / sum(counted[k])
        f1s.append(2 * precision * recall / (precision + recall))
        inside = [row[k] for row, true in zip(probabilities, labels, strict=True) if true == k]
        outside = [row[k] for row, true in zip(probabilities, labels, strict=True) if true != k]
        won = sum((a > b) + (a == b) / 2 for a, b in itertools.product(inside, outside))
        aucs.append(won / len(inside) / len(outside))
        assert (own.precision, own.recall.value) == pytest.approx((precision, recall))
        assert (own.f1, own.roc_auc, own.support) == pytest.approx((f1s[k], aucs[k], sum(counted[k])))
    assert scores.accuracy.value == pytest.approx(sum(counted[k][k] for k in range(4)) / 40)
    assert scores.balanced_accuracy.value == pytest.approx(
        sum(scores.classes[name].recall.value for name in NAMES) / 4
    )
    assert scores.macro_f1.value == pytest.approx(sum(f1s) / 4)
    assert scores.roc_auc.value == pytest.approx(sum(aucs) / 4)
    truth = np.eye(4)[labels]
    squares = sum((p - t) ** 2 for p, t in zip(probabilities.ravel(), truth.ravel(), strict=True))
    assert scores.brier.value == pytest.approx(squares / 40)
    logs = [-math.log(row[true]) for row, true in zip(probabilities, labels, strict=True)]
    assert scores.log_loss.value == pytest.approx(sum(logs) / 40)


def test_a_copy_does_not_count_where_groups_count_once():
    probabilities, labels = drawn(pictures=40)
    single = scores_of(probabilities, labels, np.arange(40), NAMES, draws=20)
    assert single.accuracy_by_group.value == pytest.approx(single.accuracy.value)
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)[0]
    shown = np.append(np.arange(40), np.full(10, wrong))
    copied = scores_of(probabilities[shown], labels[shown], shown, NAMES, draws=20)
    assert copied.accuracy.value < single.accuracy.value
    for name in ("accuracy_by_group", "macro_f1_by_group"):
        assert getattr(copied, name).value == pytest.approx(getattr(single, name).value)


def test_the_estimate_lies_in_its_interval_and_the_seed_decides():
    probabilities, labels = drawn()
    first, again, other = (
        scores_of(probabilities, labels, np.arange(90), NAMES, seed=seed, draws=200) for seed in (3, 3, 4)
    )
    for name in (
        "accuracy",
        "balanced_accuracy",
        "macro_f1",
        "macro_f1_by_group",
        "roc_auc",
        "log_loss",
        "brier",
    ):
        estimate = getattr(first, name)
        assert estimate.low < estimate.value < estimate.high, name
        assert estimate == getattr(again, name)
        assert estimate != getattr(other, name)
    assert math.isnan(first.ece.low)


def test_a_class_without_pictures_is_left_out_of_means():
    probabilities, labels = drawn(seed=2)
    labels = np.where(labels == 3, 0, labels)
    scores = scores_of(probabilities, labels, np.arange(90), NAMES, draws=50)
    absent = scores.classes["d"]
    assert absent.support == 0
    assert absent.precision == 0
    assert math.isnan(absent.recall.value)
    assert math.isnan(absent.roc_auc)
    recalls = [scores.classes[name].recall.value for name in NAMES[:3]]
    assert scores.balanced_accuracy.value == pytest.approx(np.mean(recalls))
    assert scores.macro_f1.value == pytest.approx(np.mean([scores.classes[n].f1 for n in NAMES[:3]]))
    assert scores.roc_auc.low < scores.roc_auc.value < scores.roc_auc.high


def test_one_class_alone_has_no_roc_auc_and_no_warning():
    probabilities, labels = drawn()
    scores = scores_of(probabilities, labels * 0, np.arange(90), NAMES, draws=50)
    assert math.isnan(scores.roc_auc.value)
    assert math.isnan(scores.roc_auc.low)
    assert scores.accuracy.low < scores.accuracy.high


def test_independent_sigmoids_have_no_proper_scores():
    probabilities, labels = drawn()
    scores = scores_of(probabilities * 0.8, labels, np.arange(90), NAMES, draws=20)
    assert math.isnan(scores.log_loss.value)
    assert math.isnan(scores.brier.value)
    assert math.isnan(scores.ece.value)
    assert 0 < scores.accuracy.value < 1


def test_two_classes_score_as_in_scikit_learn():
    probabilities, labels = drawn(classes=2)
    scores = scores_of(probabilities, labels, np.arange(90), ("no", "yes"), draws=20)
    expected = brier_score_loss(labels, probabilities, labels=[0, 1], scale_by_half=False)
    assert scores.brier.value == pytest.approx(expected)
    assert scores.roc_auc.value == pytest.approx(roc_auc_score(labels, probabilities[:, 1]))


def test_one_group_has_no_interval():
    probabilities, labels = drawn()
    scores = scores_of(probabilities, labels, np.zeros(90, int), NAMES, draws=20)
    assert scores.accuracy.value > 0
    assert math.isnan(scores.accuracy.low)
    assert math.isnan(scores.classes["a"].recall.high)

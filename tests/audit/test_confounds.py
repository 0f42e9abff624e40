"""A planted confound is found, and none where none is."""

import dataclasses

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from xaibrain import Image
from xaibrain.audit.confounds import _interval, _mean_recall, probe_confounds
from xaibrain.audit.glance import glance
from xaibrain.audit.measures import KINDS, measure


def silent(what, done, total):
    pass


def scans(count, frame):
    """Noise on a disc; `frame` says how bright the rim of picture i is."""
    rng = np.random.default_rng(0)
    rows, columns = np.ogrid[:64, :64]
    disc = (rows - 32) ** 2 + (columns - 32) ** 2 < 400
    seen = []
    for index in range(count):
        pixels = np.where(disc, rng.integers(90, 200, (64, 64)), 0).astype(np.uint8)
        pixels[:3] = frame(index)
        seen.append(glance(Image(pixels, f"{index}", label="ab"[index % 2]), index))
        # Noise has no perceptual hash to speak of; these are pictures of different heads.
        seen[-1] = dataclasses.replace(seen[-1], hash=int(rng.integers(2**63)))
    return seen


def probes_of(seen, groups=()):
    probes = probe_confounds(seen, groups, 0, silent)
    return probes, {probe.kind: probe for probe in probes.rows}


def test_a_border_that_gives_the_class_away_is_named():
    _, found = probes_of(scans(60, lambda index: 80 * (index % 2)))
    assert found["border"].verdict == "gives the class away"
    assert found["border"].low <= found["border"].accuracy <= found["border"].high
    assert found["border"].accuracy > 0.95
    assert found["size"].verdict == found["format"].verdict == "no better than chance"
    assert list(found) == ["all", *KINDS]


def test_where_nothing_tells_the_class_nothing_is_said():
    _, found = probes_of(scans(80, lambda index: 0))
    assert {probe.verdict for probe in found.values()} <= {"no better than chance"}
    assert all(probe.chance == 0.5 for probe in found.values())


def test_the_interval_is_of_balanced_accuracy():
    rng = np.random.default_rng(1)
    labels, told = rng.integers(0, 3, (2, 200))
    told[:120] = labels[:120]
    value = balanced_accuracy_score(labels, told)
    assert _mean_recall(labels, told) == pytest.approx(value)
    low, high = _interval(labels, told, 0)
    assert low < value < high
    assert high - low == pytest.approx(2 * 2.576 * np.sqrt(value * (1 - value) / 200), rel=0.2)


def test_of_twins_only_one_takes_part():
    probes, _ = probes_of(scans(40, lambda index: 0), [[0, 2, 4]])
    assert probes.pictures == 38
    assert probes.classes == {"a": 18, "b": 20}


@pytest.mark.parametrize(("count", "reason"), [(6, "fewer than 5"), (1, "not two classes")])
def test_too_few_pictures_are_said(count, reason):
    probes, found = probes_of(scans(count, lambda index: 0))
    assert reason in probes.reason
    assert found == {}


@pytest.mark.parametrize("pixels", [
    np.zeros((1, 1), np.uint8), np.full((3, 200), 65535, np.uint16), np.ones((5, 5, 3), np.float32),
])  # fmt: skip
def test_measures_are_finite_and_of_a_kind(pixels):
    measures = measure(Image(pixels, "x", "x.PNG"))
    assert all(np.isfinite(value) for value in measures.values())
    assert {name.split()[0] for name in measures} == set(KINDS)
    assert measures["format suffix"] == 3

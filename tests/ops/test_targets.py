"""Scores and weights of targets say the same thing."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from xaibrain import target_scores
from xaibrain.ops.targets import target_weights


@given(count=st.integers(1, 4), classes=st.integers(2, 5), seed=st.integers(0, 99), pairs=st.booleans())
def test_the_score_is_the_weighted_sum_of_logits(count, classes, seed, pairs):
    draw = np.random.default_rng(seed)
    logits = draw.normal(size=(count, classes)).astype(np.float32)
    targets = draw.integers(0, classes, (count, 2) if pairs else count)
    scores = target_scores(logits, targets)
    assert scores.shape == (count,)
    for one, row, target in zip(scores, logits, targets, strict=True):
        assert one == (row[target[0]] - row[target[1]] if pairs else row[target])
    assert np.allclose((logits * target_weights(targets, classes)).sum(axis=1), scores, atol=1e-6)

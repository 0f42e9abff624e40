"""Occlusion equals its description, and for a linear score the sum over the window."""

import numpy as np
import pytest
from analytic import Analytic, curved, drawn, linear

from xaibrain import load_explainer
from xaibrain.errors import UsageError

TARGET = np.array([1])


def occlusion_by_the_paper(score, picture, filling, window, stride):
    """Zeiler & Fergus 2014, section 4.2: cover, watch the score; each pixel gets the mean of its windows."""
    height, width = picture.shape[:2]
    tops = [*range(0, height - window, stride), height - window]
    lefts = [*range(0, width - window, stride), width - window]
    whole = score(picture[None].astype(np.float64))[0]
    losses = [[[] for _ in range(width)] for _ in range(height)]
    for top in tops:
        for left in lefts:
            covered = picture.astype(np.float64)
            covered[top : top + window, left : left + window] = filling
            loss = whole - score(covered[None])[0]
            for i in range(top, top + window):
                for j in range(left, left + window):
                    losses[i][j].append(loss)
    return np.array([[np.mean(one) for one in row] for row in losses])


@pytest.mark.parametrize(
    ("window", "stride"), [(0.25, 0.25), (0.3, 0.1), (0.2, 0.15), (1.0, 1.0), (0.01, 0.01)]
)
@pytest.mark.parametrize("fill", ["black", "mean"])
def test_as_the_paper_says(window, stride, fill):
    picture, weights = drawn((20, 20, 3))
    model = Analytic(curved(weights), (-10.0, 255.0))
    explainer = load_explainer("occlusion", window=window, stride=stride, fill=fill, of="logit")
    found = explainer.explain(model, picture[None], TARGET)[0]
    filling = -10 if fill == "black" else picture.astype(np.float64).mean(axis=(0, 1))
    sides = max(1, round(20 * window)), max(1, round(20 * stride))
    wanted = occlusion_by_the_paper(model.score, picture, filling, *sides)
    assert np.abs(found - wanted).max() <= 1e-4 * np.abs(wanted).max()


def test_windows_side_by_side_give_the_sum_of_what_they_cover():
    picture, weights = drawn((12, 8, 1))
    explainer = load_explainer("occlusion", window=0.25, stride=0.25, fill="black", of="logit")
    found = explainer.explain(Analytic(linear(weights)), picture[None], TARGET)[0]
    worth = (picture * weights).sum(axis=2)
    blocks = worth.reshape(4, 3, 4, 2).sum(axis=(1, 3))
    assert np.allclose(found, np.kron(blocks, np.ones((3, 2))), atol=1e-4 * np.abs(blocks).max())


def test_what_is_lost_of_a_probability_is_at_most_one():
    picture, weights = drawn((20, 20, 3))
    model = Analytic(curved(weights))
    found = load_explainer("occlusion").explain(model, picture[None], TARGET)
    probability = model.probabilities(model.logits(picture[None]))[0, 1]
    assert found.max() <= probability + 1e-6
    assert found.min() >= probability - 1 - 1e-6


def test_forward_passes_are_what_is_said():
    model = Analytic(linear(1))
    load_explainer("occlusion").explain(model, np.zeros((1, 224, 224, 3), np.float32), TARGET)
    assert sum(model.asked) == 170
    assert "169 as it comes" in " ".join(type(load_explainer("occlusion")).__doc__.split())


@pytest.mark.parametrize("wrong", [{"window": 0}, {"window": 32}, {"stride": 0.5}, {"batch_size": 0}])
def test_parameters_that_do_not_work_are_refused(wrong):
    with pytest.raises(UsageError, match=f"occlusion: {next(iter(wrong))}="):
        load_explainer("occlusion", **wrong)

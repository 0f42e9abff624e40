"""What Quantus computes on the same arrays, where it defines the same thing."""

import json
from pathlib import Path

import numpy as np
import pytest
from maps import explained

from xaibrain import score
from xaibrain_metrics.road import imputed

FOUND = json.loads((Path(__file__).parent / "reference" / "quantus.json").read_text("utf-8"))


@pytest.mark.parametrize("name", FOUND["values"])
def test_values_are_those_of_quantus(name):
    pairs = zip(FOUND["maps"], FOUND["masks"], strict=True)
    found = [one.value for one in score([explained(*pair) for pair in pairs], name)]
    # Maps are float32 here, and Quantus adds 1e-7 to magnitudes and 1e-12 to what it takes logarithms of.
    assert found == pytest.approx(FOUND["values"][name], abs=1e-5)
    assert len(set(found)) > 1


def test_road_imputes_as_quantus_which_took_it_from_the_authors():
    picture, hole = np.array(FOUND["picture"]), np.array(FOUND["hole"], bool)
    assert np.allclose(imputed(picture, hole), FOUND["imputed"], atol=1e-9)


def test_an_empty_mask_is_a_hit_for_quantus_and_undefined_here():
    assert FOUND["pointing-game of an empty mask"] == 1
    (found,) = score(explained(FOUND["maps"][0], np.zeros((6, 7), bool)), "pointing-game")
    assert found.value is None

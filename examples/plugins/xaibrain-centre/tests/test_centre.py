"""The rules that every explainer must hold, and what this one alone promises."""

import numpy as np
import pytest
from xaibrain_centre.centre import Centre

import xaibrain
from xaibrain.errors import UsageError


# --8<-- [start:rules]
@pytest.mark.xaibrain("explainer", "centre")
def test_rule(rule):
    rule()


# --8<-- [end:rules]


class Brightness:
    """Scores class 0 by the mean of the picture, and class 1 by its opposite."""

    def logits(self, images):
        mean = images.mean(axis=(1, 2, 3))
        return np.stack([mean, -mean], axis=1)


def explained(targets, **parameters):
    images = np.full((2, 8, 6, 3), 5, np.float32)
    return Centre(**parameters).explain(Brightness(), images, np.array(targets))


def test_a_map_adds_up_to_the_score_of_its_class():
    maps = explained([0, 1])
    assert maps.shape == (2, 8, 6)
    assert maps.dtype == np.float32
    np.testing.assert_allclose(maps.sum(axis=(1, 2)), [5, -5], rtol=1e-6)


def test_the_score_of_one_class_against_another_is_their_difference():
    maps = explained([(0, 1), (1, 0)])
    np.testing.assert_allclose(maps.sum(axis=(1, 2)), [10, -10], rtol=1e-6)


def test_it_is_a_gaussian_around_the_centre():
    (bell,) = explained([0, 0], width=0.5)[:1]
    np.testing.assert_allclose(bell, bell[::-1, ::-1], rtol=1e-6)
    # The outermost of 8 rows lies 7/16 from the centre, the innermost 1/16.
    np.testing.assert_allclose(
        bell[0, 2] / bell[3, 2], np.exp(-(49 - 1) / 256 / (2 * 0.25)), rtol=1e-5
    )


def test_settings_are_typed_and_checked():
    assert xaibrain.load_explainer("centre", width="0.5") == Centre(0.5)
    with pytest.raises(UsageError, match="give more than 0"):
        xaibrain.load_explainer("centre", width=0)
    with pytest.raises(UsageError, match="width"):
        xaibrain.load_explainer("centre", widht=1)

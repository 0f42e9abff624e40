"""Lines of text that have to fit."""

import pytest

from xaibrain.render.lettering import fitted, shortened, width_of

NAME = "integrated-gradients: oligodendroglioma_tumor 0.97"


@pytest.mark.parametrize("room", [1000, 300])
def test_a_line_gets_the_largest_letters_that_fit(room):
    size = fitted(NAME, 13, room)
    assert shortened(NAME, size, room) == NAME
    assert size == 13 or width_of(NAME, size + 1) > room


def test_letters_stay_large_enough_to_be_read_and_the_line_gets_shorter():
    assert fitted(NAME, 13, 100) == 10
    told = shortened(NAME, 10, 100)
    assert width_of(told, 10) <= 100
    assert (told[0], told[-1], "…" in told) == ("i", "7", True)

"""Lines of text that have to fit."""

import numpy as np
import pytest

from xaibrain.render.lettering import fitted, shortened, width_of, write

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


@pytest.mark.parametrize("place", [(5, 4), (-7, 12), (70, 28), (200, 200)])
@pytest.mark.parametrize("anchor", ["la", "ld", "mm"])
def test_a_line_that_was_printed_before_is_the_line_that_is_drawn(place, anchor):
    ground, ink = (24, 30, 27), (244, 200, 10)
    drawn = np.full((32, 80, 3), ground, np.uint8)
    laid = drawn.copy()
    write(drawn, place, "glioma 0.93", 13, ink, anchor)
    for _ in range(2):
        write(laid, place, "glioma 0.93", 13, ink, anchor, ground=ground)
    assert (laid == drawn).all()
    assert (drawn != ground).any() == (place != (200, 200))

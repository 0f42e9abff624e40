"""Contact sheets keep every picture whole."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xaibrain.render.sheet import contact_sheet, in_one_row


def test_pictures_lie_in_rows():
    colours = [np.full((10, 10, 3), value, np.uint8) for value in (50, 100, 150)]
    page = contact_sheet(colours, columns=2, cell=10)
    assert page.shape == (2 * 10 + 3 * 8, 2 * 10 + 3 * 8, 3)
    assert (page[8:18, 8:18] == 50).all()
    assert (page[8:18, 26:36] == 100).all()
    assert (page[26:36, 8:18] == 150).all()


def test_large_pictures_shrink_and_small_ones_do_not_grow():
    page = contact_sheet([np.full((100, 50, 3), 200, np.uint8)], cell=20)
    assert (page == 200).all(axis=2).sum() == 20 * 10
    page = contact_sheet([np.full((3, 5, 3), 200, np.uint8)], cell=20)
    assert (page == 200).all(axis=2).sum() == 3 * 5


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=1, max_size=9))
def test_no_picture_is_lost(sizes):
    page = contact_sheet([np.full((*size, 3), 255, np.uint8) for size in sizes], cell=40)
    assert (page == 255).all(axis=2).sum() == sum(height * width for height, width in sizes)


@pytest.mark.parametrize(
    ("sizes", "columns"),
    [([4], 4), ([4] * 4, 4), ([2] * 12, 6), ([2] * 4, 4), ([1] * 9, 0), ([4, 4, 3], 0), ([1000], 0)],
)
def test_pictures_that_belong_together_share_a_row(sizes, columns):
    assert in_one_row(sizes) == columns

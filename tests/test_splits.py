"""The first folder of an id tells the split, if it is called like one."""

import pytest

from xaibrain.splits import split_of


@pytest.mark.parametrize(
    ("id", "split"),
    [
        ("Training/glioma/a.jpg", "train"),
        ("TEST/a.jpg", "test"),
        ("val/no/a.jpg", "validation"),
        ("dev/no/deep/a.jpg", "validation"),
        ("testis/a.jpg", None),
        ("a/test/b.jpg", None),
        ("test", None),
    ],
)
def test_the_first_folder_tells_the_split(id, split):
    assert split_of(id) == split

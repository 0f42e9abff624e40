"""A target as it is typed, and what it comes to in a batch."""

import numpy as np
import pytest

from xaibrain.core.targets import Aim, sides_of, with_two_sides
from xaibrain.errors import UnknownNameError, UsageError

CLASSES = ("glioma", "none", "pituitary")
LOGITS = np.array([[3, 1, 2], [0, 5, 1]], np.float32)
LABELS = ["pituitary", "none"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("predicted", [[0, 1]]),
        ("label", [[2, 1]]),
        ("none", [[1, 1]]),
        ("all", [[0, 0], [1, 1], [2, 2]]),
        ("glioma:none", [[(0, 1), (0, 1)]]),
        ("none:glioma", [[(1, 0), (1, 0)]]),
        ("predicted:glioma", [[(0, 0), (1, 0)]]),
        ("label:predicted", [[(2, 0), (1, 1)]]),
    ],
)
def test_what_a_target_comes_to(text, wanted):
    found = Aim(text, CLASSES, "m").targets(LOGITS, LABELS)
    assert [targets.tolist() for targets in found] == np.array(wanted).tolist()
    assert all(targets.dtype == np.int64 for targets in found)


def test_classes_may_hold_colons_and_the_names_of_keywords():
    names = ("t1:flair", "t1", "label", "all")
    assert sides_of("t1:flair", names) == ("t1:flair",)
    assert sides_of("t1:flair:t1", names) == ("t1:flair", "t1")
    assert sides_of("t1:t1:flair", names) == ("t1", "t1:flair")
    assert sides_of("flair:t1", names) == ()
    aim = Aim("label", names, "m")
    assert not aim.needs_label
    assert aim.targets(np.zeros((1, 4), np.float32), [None])[0].tolist() == [2]
    assert len(Aim("all", names, "m").targets(np.zeros((1, 4), np.float32), [None])) == 1


def test_names_of_targets():
    aim = Aim("glioma:none", CLASSES, "m")
    assert aim.named(np.array([0, 1])) == "glioma:none"
    assert aim.named(np.int64(2)) == "pituitary"


def test_which_targets_need_a_label():
    assert [Aim(text, CLASSES, "m").needs_label for text in ("label", "label:none", "none", "all")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_pictures_without_a_contrast():
    assert with_two_sides(np.array([[0, 1], [2, 2]])).tolist() == [True, False]
    assert with_two_sides(np.array([0, 1])).tolist() == [True, True]


def test_the_wrong_side_is_named():
    with pytest.raises(UnknownNameError, match="Did you mean 'pituitary'"):
        Aim("glioma:pituitry", CLASSES, "m")
    with pytest.raises(UnknownNameError, match=r"No target 'all:glioma'|No target 'all'"):
        Aim("all:glioma", CLASSES, "m")
    with pytest.raises(UsageError, match="sets a class against itself; name two classes"):
        Aim("none:none", CLASSES, "m")

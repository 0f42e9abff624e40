"""Paths, arrays, pictures and datasets become items, in order, with ids of their own."""

import cv2
import numpy as np
import pytest

from xaibrain import Image
from xaibrain.errors import InputError, UsageError
from xaibrain.inputs import items_of


class Three:
    """A dataset of three pictures, of which the second cannot be read."""

    class_names = ("dark", "bright")
    default_model = None

    def __len__(self):
        return 3

    def __getitem__(self, index):
        if index == 1:
            raise InputError("two: damaged")
        return Image(np.full((4, 4), index * 100, np.uint8), f"number-{index}", label="dark")

    def __iter__(self):
        return (self[index] for index in range(3))


@pytest.fixture
def folder(tmp_path):
    for name in ("b.png", "a.png", "deep/c.png"):
        path = tmp_path / "scans" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.full((4, 5), 7, np.uint8))
    (tmp_path / "scans" / "notes.txt").write_text("no picture")
    return tmp_path / "scans"


def ids(inputs):
    return [item.id for item in items_of(inputs)]


def test_folders_and_files(folder):
    assert ids(folder) == ids(str(folder)) == ids([folder]) == ["a.png", "b.png", "deep/c.png"]
    assert ids(folder / "b.png") == ["b.png"]
    assert ids([folder / "b.png", folder / "a.png"]) == ["b.png", "a.png"]
    image = items_of(folder)[2].read()
    assert image.id == "deep/c.png"
    assert image.source.endswith("deep/c.png")
    assert image.size == (4, 5)


@pytest.mark.parametrize(
    ("array", "names", "shape"),
    [
        (np.zeros((4, 5)), ["array"], (4, 5)),
        (np.zeros((4, 5, 1)), ["array"], (4, 5)),
        (np.zeros((4, 5, 3)), ["array"], (4, 5, 3)),
        (np.zeros((2, 4, 5, 1)), ["array-000000", "array-000001"], (4, 5)),
        (np.zeros((2, 4, 5, 3)), ["array-000000", "array-000001"], (4, 5, 3)),
        (np.zeros((0, 4, 5, 3)), [], None),
    ],
)
def test_arrays(array, names, shape):
    items = items_of(array)
    assert [item.id for item in items] == names
    assert all(item.read().pixels.shape == shape for item in items)


def test_each_array_of_a_batch_is_its_own():
    batch = np.arange(3)[:, None, None, None] * np.ones((3, 4, 4, 3))
    assert [item.read().pixels.mean() for item in items_of(batch)] == [0, 1, 2]


@pytest.mark.parametrize("shape", [(4,), (5, 4, 4), (4, 4, 2), (2, 4, 4, 4), (1, 2, 4, 4, 3)])
def test_arrays_that_are_no_picture_fail_one_by_one_when_read(shape):
    for item in items_of(np.zeros(shape)):
        with pytest.raises(InputError, match="pixels of shape"):
            item.read()


def test_mixed_lists_keep_their_order(folder):
    image = Image(np.zeros((3, 3)), "mine")
    found = ids([np.zeros((4, 4)), folder / "a.png", image, np.zeros((2, 4, 4, 3)), Three()])
    assert found == [
        "array-000000", "a.png", "mine", "array-000003-000000", "array-000003-000001",
        "Three[0]", "Three[1]", "Three[2]",
    ]  # fmt: skip
    assert ids(iter([image])) == ["mine"]
    assert ids([]) == []
    assert items_of(image)[0].read() is image


def test_datasets_are_read_item_by_item():
    items = items_of(Three())
    assert items[0].read().id == "number-0"
    with pytest.raises(InputError, match="two: damaged"):
        items[1].read()
    assert items[2].read().pixels.mean() == 200


@pytest.mark.parametrize("thing", [3, None, [3], [None], object(), b"bytes"])
def test_other_things_are_refused(thing):
    with pytest.raises(UsageError, match="Cannot explain"):
        items_of(thing)


def test_missing_paths_are_named(tmp_path):
    with pytest.raises(InputError, match=r"gone\.png: no such file"):
        items_of(tmp_path / "gone.png")
    with pytest.raises(InputError, match="holds no picture"):
        items_of(tmp_path)

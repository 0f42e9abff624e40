"""The dataset folder: flat or a sub-folder a class, and what it does not take."""

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import xaibrain_folder
from xaibrain import Dataset
from xaibrain.core.parameters import validated
from xaibrain.errors import DatasetError, InputError
from xaibrain_folder.dataset import Folder


def laid(root, *names):
    for level, name in enumerate(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray(np.full((4, 4), level, np.uint8)).save(root / name)
    return str(root)


def test_hook():
    (spec,) = xaibrain_folder.xaibrain_datasets()
    assert (spec.name, spec.target) == ("folder", "xaibrain_folder.dataset:Folder")


def test_sub_folders_are_the_classes(tmp_path):
    data = Folder(laid(tmp_path, "zebra/1.png", "ant/2.png", "ant/deep/1.png"))
    assert isinstance(data, Dataset)
    assert data.class_names == ("ant", "zebra")
    assert data.default_model is None
    assert [(i.id, i.label) for i in data] == [
        ("ant/2.png", "ant"),
        ("ant/deep/1.png", "ant"),
        ("zebra/1.png", "zebra"),
    ]
    assert [int(image.pixels[0, 0]) for image in data] == [1, 2, 0]


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (("Training/ant/1.png", "Testing/ant/2.png", "Testing/zebra/1.png"), ["ant", "zebra", "ant"]),
        (("train/ant/1.png", "val/bee/deep/2.png"), ["ant", "bee"]),
        (("test/ant/1.png",), ["ant"]),
        (("train/1.png", "test/ant/1.png"), [None, None]),
        # A class of its own, called like a split, among others that are none.
        (("car/1.png", "train/1.png", "train/2.png"), ["car", "train", "train"]),
    ],
)
def test_below_splits_the_classes_are_the_inner_folders(tmp_path, names, labels):
    data = Folder(laid(tmp_path, *names))
    assert [image.id for image in data] == sorted(names)
    assert [image.label for image in data] == labels
    assert data.class_names == tuple(sorted(set(filter(None, labels))))


@pytest.mark.parametrize("names", [("b.png", "a.png"), ("b.png", "ant/a.png")], ids=["flat", "mixed"])
def test_flat_folder_has_no_labels(tmp_path, names):
    data = Folder(laid(tmp_path, *names))
    assert data.class_names == ()
    assert [image.label for image in data] == [None, None]
    assert [image.id for image in data] == sorted(names)


def test_labels_can_be_left_off(tmp_path):
    path = laid(tmp_path, "ant/1.png")
    data = Folder(**validated("folder", Folder, {"path": path, "labels": "false"}))
    assert data.class_names == ()
    assert data[0].label is None


def test_unreadable_file_is_told_only_when_it_is_asked_for(tmp_path):
    path = laid(tmp_path, "a.png", "c.png")
    (tmp_path / "b.png").write_text("not a picture")
    data = Folder(path)
    assert len(data) == 3
    assert data[2].id == "c.png"
    with pytest.raises(InputError, match=r"b\.png: not a PNG"):
        data[1]
    with pytest.raises(IndexError):
        data[3]


def test_missing_and_empty_folders(tmp_path):
    with pytest.raises(DatasetError, match="no such folder"):
        Folder(str(tmp_path / "none"))
    with pytest.raises(DatasetError, match="holds no picture"):
        Folder(str(tmp_path))


names = st.text("abc", min_size=1, max_size=3)


@settings(max_examples=15, deadline=None)
@given(files=st.sets(st.tuples(names, names), min_size=1, max_size=8))
def test_every_picture_has_the_label_of_its_folder(tmp_path_factory, files):
    data = Folder(laid(tmp_path_factory.mktemp("set"), *(f"{a}/{b}.png" for a, b in files)))
    assert data.class_names == tuple(sorted({a for a, _ in files}))
    assert [(image.label, image.id) for image in data] == sorted((a, f"{a}/{b}.png") for a, b in files)

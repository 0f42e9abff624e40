"""Boxes and masks beside a dataset: read, matched, told, and where they belong."""

import logging
import pickle

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xaibrain import Dataset, load_dataset
from xaibrain.annotations import Boxes
from xaibrain.errors import DatasetError, InputError, UsageError
from xaibrain.reading import find_images

HEAD = "file,label,x0,y0,x1,y1\n"


@pytest.fixture(autouse=True)
def told(caplog):
    caplog.set_level(logging.INFO, "xaibrain")
    return caplog


def draw(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    PIL.Image.fromarray(np.asarray(pixels, np.uint8)).save(path)


@pytest.fixture
def scans(tmp_path):
    """Three scans of 6 × 8 pixels in two classes."""
    root = tmp_path / "scans"
    for name in ("glioma/1.png", "glioma/2.png", "none/3.png"):
        draw(root / name, np.full((6, 8), 50))
    return root


@pytest.fixture
def boxes(tmp_path):
    """Write a CSV file outside of the folder."""

    def written(text, encoding="utf-8"):
        path = tmp_path / "lesions.csv"
        path.write_text(text, encoding)
        return path

    return written


def test_first_corner_is_in_the_box_and_the_second_is_not(scans, boxes):
    data = load_dataset(scans, boxes=boxes(f"{HEAD}glioma/1.png,glioma,2,1,5,4\n"))
    assert isinstance(data, Dataset)
    image = data[0]
    expected = np.zeros((6, 8), bool)
    expected[1:4, 2:5] = True
    np.testing.assert_array_equal(image.mask, expected)
    assert image.mask_kind == "box"
    assert image.label == "glioma"
    assert [image.mask is None for image in data] == [False, True, True]


def test_several_rows_in_any_order_of_columns_with_others_between(scans, boxes):
    text = "Y1, X1 ,reader,y0,x0,FILE\n2,2,me,0,0,glioma/2.png\n6,8,,5,7,.\\glioma\\2.png\n"
    image = load_dataset(scans, boxes=boxes(text, "utf-8-sig"))[1]
    assert image.mask.sum() == 4 + 1
    assert image.mask[:2, :2].all()
    assert image.mask[5, 7]


@given(st.lists(st.floats(-9, 99), min_size=4, max_size=4))
def test_a_pixel_is_in_a_box_when_its_centre_is(tmp_path_factory, corners):
    x0, x1 = sorted(corners[:2])
    y0, y1 = sorted(corners[2:])
    if x0 == x1 or y0 == y1:
        return
    path = tmp_path_factory.mktemp("box") / "boxes.csv"
    path.write_text(f"{HEAD}a,,{x0!r},{y0!r},{x1!r},{y1!r}\n")
    centres = np.indices((6, 8)) + 0.5
    expected = (y0 <= centres[0]) & (centres[0] < y1) & (x0 <= centres[1]) & (centres[1] < x1)
    if expected.any():
        np.testing.assert_array_equal(Boxes(path).mask("a", (6, 8)), expected)
    else:
        with pytest.raises(InputError, match="covers no pixel of 8 × 6"):
            Boxes(path).mask("a", (6, 8))


def test_what_fits_and_what_does_not_is_one_line(scans, boxes, told):
    path = boxes(f"{HEAD}glioma/1.png,,0,0,1,1\nglioma/9.png,,0,0,1,1\n")
    load_dataset(scans, boxes=path)
    assert told.messages == [
        f"{path}: 1 of 3 pictures have a box; 2 have none, such as glioma/2.png; "
        "1 of its entries match no picture, such as glioma/9.png."
    ]
    assert told.records[0].levelno == logging.WARNING


def test_boxes_that_match_nothing_are_an_error_that_shows_both_sides(scans, boxes):
    with pytest.raises(DatasetError, match=r"names 1\.png and the like, but pictures have ids like glioma/1"):
        load_dataset(scans, boxes=boxes(f"{HEAD}1.png,,0,0,1,1\n"))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "no column file"),
        ("file,x0,y0,x1\na,1,2,3\n", "no column y1; its first line must name"),
        (f"{HEAD}a,,1,2,3\n", "line 2: a cell is missing"),
        (f"{HEAD}\na,,1,2,3,four\n", "line 3: could not convert string to float: 'four'; give pixels"),
        (f"{HEAD}a,,3,2,3,4\n", "line 2: no box; x0 < x1"),
        (f"{HEAD}a,,1,2,nan,4\n", "line 2: no box"),
        (f"{HEAD}a,glioma,1,2,3,4\na,none,1,2,3,4\n", "line 3: a is none here and glioma above"),
    ],
)
def test_damaged_files_name_the_line(scans, boxes, text, wrong):
    with pytest.raises(DatasetError, match=wrong):
        load_dataset(scans, boxes=boxes(text))


def test_files_that_are_none(scans, boxes, tmp_path):
    with pytest.raises(DatasetError, match=r"cannot be read \(No such file"):
        load_dataset(scans, boxes=tmp_path / "absent.csv")
    with pytest.raises(DatasetError, match="no CSV file in UTF-8"):
        load_dataset(scans, boxes=boxes(f"{HEAD}ä,,1,2,3,4\n", "latin-1"))
    with pytest.raises(DatasetError, match="no such folder"):
        load_dataset(scans, masks=tmp_path / "absent")
    with pytest.raises(UsageError, match="not both"):
        load_dataset(scans, masks=tmp_path, boxes=tmp_path)


def test_a_flat_folder_gets_its_labels_from_the_boxes(tmp_path, boxes):
    for name in ("1.png", "2.png", "3.png"):
        draw(tmp_path / "flat" / name, np.zeros((4, 4)))
    path = boxes(f"{HEAD}1.png,zebra,0,0,1,1\n2.png,ant,0,0,1,1\n")
    data = load_dataset(tmp_path / "flat", boxes=path)
    assert data.class_names == ("ant", "zebra")
    assert [image.label for image in data] == ["zebra", "ant", None]


def test_masks_mirror_the_pictures_with_any_suffix(scans, tmp_path):
    lesion = np.zeros((6, 8))
    lesion[2:4, 3:5] = 1
    draw(tmp_path / "drawn/glioma/1.bmp", lesion)
    draw(tmp_path / "drawn/glioma/2.png.png", np.stack([lesion * 0, lesion * 9, lesion * 0], axis=2))
    draw(tmp_path / "drawn/none/3.jpg", np.full((6, 8), 3))
    found = list(load_dataset(scans, masks=tmp_path / "drawn"))
    for image in found[:2]:
        np.testing.assert_array_equal(image.mask, lesion > 0)
        assert image.mask_kind == "outline"
    assert not found[2].mask.any()


def test_a_mask_of_another_size_fails_its_picture_alone(scans, tmp_path):
    draw(tmp_path / "drawn/glioma/1.png", np.ones((6, 9)))
    draw(tmp_path / "drawn/glioma/2.png", np.ones((6, 8)))
    data = load_dataset(scans, masks=tmp_path / "drawn")
    with pytest.raises(InputError, match=r"1\.png: 9 × 6 pixels for a picture of 8 × 6"):
        data[0]
    assert data[1].mask.all()


def test_two_masks_for_one_picture(scans, tmp_path):
    for name in ("1.png", "1.bmp"):
        draw(tmp_path / "drawn/glioma" / name, np.ones((6, 8)))
    with pytest.raises(DatasetError, match=r"glioma/1\.bmp and glioma/1\.png mask one picture"):
        load_dataset(scans, masks=tmp_path / "drawn")


def test_boxes_in_the_folder_are_found_and_told(scans, told):
    (scans / "boxes.csv").write_text(f"{HEAD}glioma/1.png,,0,0,1,1\n")
    assert load_dataset(scans)[0].mask.sum() == 1
    assert told.messages[0].startswith(f"{scans / 'boxes.csv'}: 1 of 3 pictures have a box")


def test_masks_in_the_folder_are_no_pictures_of_it(scans):
    draw(scans / "masks/glioma/1.png", np.ones((6, 8)))
    data = load_dataset(scans)
    assert tuple(found.id for found in find_images([scans])) == data.ids
    assert data.class_names == ("glioma", "none")
    assert [image.mask is None for image in data] == [False, True, True]
    (scans / "boxes.csv").write_text(f"{HEAD}glioma/1.png,,0,0,1,1\n")
    with pytest.raises(DatasetError, match=r"say which: boxes=PATH or masks=PATH"):
        load_dataset(scans)
    assert load_dataset(scans, masks=scans / "masks")[0].mask.all()


def test_a_class_called_masks_stays_a_class(scans):
    draw(scans / "masks/face.png", np.ones((6, 8)))
    data = load_dataset(scans)
    assert data.class_names == ("glioma", "masks", "none")
    assert [image.mask for image in data] == [None] * 4


def test_any_dataset_takes_them_and_stays_itself(boxes):
    path = boxes(f"{HEAD}phantom-0-000001-axial,,0,0,3,3\n")
    data = load_dataset("phantom", boxes=path, count=3)
    assert [image.mask_kind for image in data] == ["outline", "box", "outline"]
    assert data[1].mask.sum() == 9
    assert data.default_model == "phantom-efficientnet"
    assert data.healthy(1).label == "no_tumor"
    assert pickle.loads(pickle.dumps(data))[1].mask.sum() == 9
    with pytest.raises(AttributeError, match="groups"):
        data.groups  # noqa: B018


def test_a_dataset_without_ids_is_matched_as_it_is_read(scans, boxes, told, monkeypatch):
    monkeypatch.setattr("xaibrain_phantom.dataset.Phantom.ids", None)
    data = load_dataset("phantom", boxes=boxes(f"{HEAD}phantom-0-000001-axial,,0,0,3,3\n"))
    assert "does not list its ids" in told.messages[0]
    assert data[1].mask_kind == "box"


def test_the_command_line_tells_on_stderr(run, scans, boxes):
    path = boxes(f"{HEAD}glioma/1.png,,0,0,1,1\n")
    code, out, told = run("datasets", "show", scans, "-s", f"boxes={path}")
    assert code == 0, told
    assert f"{path}: 1 of 3 pictures have a box; 2 have none" in told
    assert "See scans.png" in out


def test_real_boxes_all_match(lesion_boxes_root, told):
    data = load_dataset(lesion_boxes_root)
    assert len(data) == 600
    assert data.class_names == ("glioma_tumor", "meningioma_tumor", "pituitary_tumor")
    assert told.messages == [f"{lesion_boxes_root / 'boxes.csv'}: 600 of 600 pictures have a box."]
    image = data[0]
    rows, columns = np.nonzero(image.mask)
    assert (image.id, image.mask_kind) == ("glioma_tumor/1854.jpg", "box")
    assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == (282, 174, 374, 276)

"""The dataset cheng, on files written as MATLAB 7.3 writes them."""

import hashlib
import io
import subprocess
import sys
import zipfile
from dataclasses import replace

import cv2
import h5py
import numpy as np
import pytest
import scipy.io

import xaibrain_cheng
from xaibrain import Dataset, load_dataset
from xaibrain.download import obtain
from xaibrain.errors import DatasetError, InputError
from xaibrain.fetch import Patience, ignore
from xaibrain.ops.intensity import to_byte_range
from xaibrain_cheng import archive as published
from xaibrain_cheng.dataset import Cheng

POINTS = np.array([[10, 4], [22, 5], [20, 9], [11, 10]])
"""x and y of a tumour's outline, from 0: wider than high, and not on the diagonal."""


def slice_of(number, points=POINTS, size=(24, 32)):
    """What MATLAB would hold of one slice, in its own order of rows and columns."""
    mask = np.zeros(size, np.uint8)
    cv2.fillPoly(mask, [points.astype(np.int32)], 1)
    image = (np.arange(size[0] * size[1]).reshape(size) % 1000 + number).astype(np.int16)
    return {
        "PID": f"10{number // 2:03d}B",
        "image": image,
        "label": number % 3 + 1,
        "tumorBorder": (points + 1).ravel(),
        "tumorMask": mask,
    }


def write(path, fields):
    """Store a struct as `save -v7.3` does: HDF5 behind a header of 512 bytes, every array transposed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w", userblock_size=512) as file:
        group = file.create_group("cjdata")
        group.attrs["MATLAB_class"] = np.bytes_("struct")
        for name, value in fields.items():
            if name == "PID":
                stored = np.array([[ord(letter)] for letter in value], np.uint16)
            elif name == "label":
                stored = np.array([[value]], np.float64)
            elif name == "tumorBorder":
                stored = np.asarray(value, np.float64)[None]
            else:
                stored = np.asarray(value).T
            group.create_dataset(name, data=stored)
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: PCWIN64".ljust(124) + b"\x00\x02IM")
    return path


@pytest.fixture(autouse=True)
def nothing_around(tmp_path, monkeypatch):
    monkeypatch.setenv("XAIBRAIN_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XAIBRAIN_DATA", raising=False)


@pytest.fixture
def small(tmp_path):
    """Twelve slices of seven patients in two folders, and the file of folds that is no slice."""
    root = tmp_path / "data"
    for number in range(1, 13):
        write(root / ("one" if number < 6 else "two") / f"{number}.mat", slice_of(number))
    with h5py.File(root / "cvind.mat", "w") as file:
        file["cvind"] = np.ones((1, 12))
    return root


def test_slices_come_by_number_with_all_that_is_known(small):
    data = Cheng(str(small))
    assert isinstance(data, Dataset)
    assert data.ids == tuple(f"{number}.mat" for number in range(1, 13))
    assert data.class_names == ("glioma_tumor", "meningioma_tumor", "pituitary_tumor")
    expected = slice_of(2)
    image = data[1]
    np.testing.assert_array_equal(image.pixels, expected["image"])
    np.testing.assert_array_equal(image.mask, expected["tumorMask"] > 0)
    assert (image.pixels.dtype, image.mask_kind) == (np.uint16, "outline")
    assert [image.label for image in data][:3] == ["glioma_tumor", "pituitary_tumor", "meningioma_tumor"]
    assert image.sha256 == hashlib.sha256((small / "one/2.mat").read_bytes()).hexdigest()
    with pytest.raises(IndexError):
        data[12]


def test_spacing_is_known_of_the_full_size_alone(tmp_path):
    write(tmp_path / "1.mat", slice_of(1, size=(512, 512)))
    write(tmp_path / "2.mat", slice_of(2, size=(256, 256)))
    assert [image.spacing for image in Cheng(str(tmp_path))] == [(0.49, 0.49), None]


def test_patients_are_groups(small):
    data = Cheng(str(small))
    assert data.groups == tuple(f"10{number // 2:03d}B" for number in range(1, 13))
    (small / "one/3.mat").write_bytes(b"rot")
    assert Cheng(str(small)).groups[1:4] == ("10001B", "3.mat", "10002B")


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)], ids=["x first", "y first"])
def test_border_lies_on_the_mask_whichever_coordinate_comes_first(tmp_path, order):
    fields = slice_of(1)
    fields["tumorBorder"] = (POINTS[:, order] + 1).ravel()
    write(tmp_path / "1.mat", fields)
    border = Cheng(str(tmp_path)).border(0)
    np.testing.assert_array_equal(border, POINTS)
    assert border.dtype == np.float64


def test_values_below_zero_are_kept(tmp_path):
    fields = slice_of(1)
    fields["image"] = fields["image"] - np.int16(500)
    write(tmp_path / "1.mat", fields)
    pixels = Cheng(str(tmp_path))[0].pixels
    assert pixels.dtype == np.float32
    np.testing.assert_array_equal(pixels, fields["image"])
    shown = to_byte_range(pixels)
    assert (shown.min(), shown.max()) == (0, 255)


@pytest.mark.parametrize("name", ["image", "label", "tumorMask"])
def test_missing_fields_are_named(tmp_path, name):
    write(tmp_path / "1.mat", {key: value for key, value in slice_of(1).items() if key != name})
    with pytest.raises(InputError, match=rf"1\.mat: damaged \(cjdata has no {name}\); fetch it again"):
        Cheng(str(tmp_path))[0]


def test_missing_or_broken_border_does_not_stop_the_picture(tmp_path):
    for number, border in enumerate((None, [1, 2, 3, 4, 5]), 1):
        fields = {**slice_of(number), "tumorBorder": border}
        write(
            tmp_path / f"{number}.mat", {name: value for name, value in fields.items() if value is not None}
        )
    data = Cheng(str(tmp_path))
    assert data[0].mask.any()
    with pytest.raises(InputError, match="cjdata has no tumorBorder"):
        data.border(0)
    with pytest.raises(InputError, match="tumorBorder holds 5 numbers"):
        data.border(1)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"label": 4}, "label 4 is none of 1, 2, 3"),
        ({"image": np.zeros((2, 2, 2))}, "image of shape"),
        (
            {"tumorMask": np.zeros((3, 3), np.uint8)},
            r"mask of shape \(3, 3\) on a picture of shape \(24, 32\)",
        ),
        ({"image": np.full((24, 32), np.nan)}, "finite"),
    ],
)
def test_contents_that_make_no_sense(tmp_path, changed, told):
    write(tmp_path / "1.mat", {**slice_of(1), **changed})
    with pytest.raises(InputError, match=told):
        Cheng(str(tmp_path))[0]


def test_files_that_are_no_slices(tmp_path):
    scipy.io.savemat(tmp_path / "1.mat", {"cjdata": slice_of(1)})
    whole = write(tmp_path / "2.mat", slice_of(2)).read_bytes()
    (tmp_path / "2.mat").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "3.mat").touch()
    with h5py.File(tmp_path / "4.mat", "w") as file:
        file["other"] = 1
    write(tmp_path / "5.mat", slice_of(5))
    data = Cheng(str(tmp_path))
    for index, told in enumerate(("version 5, not 7.3", "cut short", "cut short", "holds no cjdata")):
        with pytest.raises(InputError, match=rf"{index + 1}\.mat: .*{told}"):
            data[index]
    assert data[4].id == "5.mat"


def test_absent_data_says_how_to_get_it(tmp_path):
    with pytest.raises(DatasetError, match=r"Run: xaibrain datasets download cheng \(or --from PATH\)"):
        Cheng()
    write(tmp_path / "a/1.mat", slice_of(1))
    write(tmp_path / "b/1.mat", slice_of(1))
    with pytest.raises(DatasetError, match=r"holds 1\.mat twice"):
        Cheng(str(tmp_path))


def test_environment_names_the_folder(small, monkeypatch):
    monkeypatch.setenv("XAIBRAIN_DATA", str(small))
    assert len(load_dataset("cheng")) == 12


# From a copy


def packed(paths):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in paths.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture
def archives(small):
    """The slices as four archives, as they are published."""
    contents = {path.name: path.read_bytes() for path in small.rglob("[0-9]*.mat")}
    names = sorted(contents, key=lambda name: int(name[:-4]))
    return {
        f"part_{start}.zip": packed({name: contents[name] for name in names[start : start + 3]})
        for start in range(0, 12, 3)
    }


@pytest.fixture
def published_small(archives, monkeypatch):
    """The archive's record, as if the small data were the published one."""
    digests = tuple(hashlib.sha256(content).hexdigest() for content in archives.values())
    small = replace(published.ARCHIVE, counts={"": 12}, sha256=digests)
    monkeypatch.setattr(published, "ARCHIVE", small)
    return small


def test_loose_files_are_taken_but_nothing_can_tell_that_they_are_the_published(small, tmp_path, run):
    code, out, _ = run("datasets", "download", "cheng", "--from", small)
    assert code == 0
    assert "12 files in" in out
    assert "cannot be told" in out
    assert len(Cheng()) == 12
    assert Cheng().folder == tmp_path / "home/cheng"
    again = Cheng.download(None, ignore)
    assert (again.fresh, again.published) == (False, None)


@pytest.mark.parametrize("form", ["folder of archives", "archive of archives"])
def test_the_four_archives_are_known_by_their_digests(archives, published_small, tmp_path, form):
    source = tmp_path / "got"
    source.mkdir()
    if form == "folder of archives":
        for name, content in archives.items():
            (source / name).write_bytes(content)
    else:
        source = source / "1512427.zip"
        source.write_bytes(packed(archives))
    result = Cheng.download(source, ignore)
    assert (result.files, result.published, result.fresh) == (12, True, True)
    assert len(list(Cheng())) == 12
    again = Cheng.download(source, ignore)
    assert (again.fresh, again.published) == (False, True)


def test_another_archive_among_them_is_told(archives, published_small, tmp_path):
    source = tmp_path / "got"
    source.mkdir()
    for name, content in archives.items():
        (source / name).write_bytes(content)
    with zipfile.ZipFile(source / "part_0.zip", "a") as archive:
        archive.comment = b"packed anew"
    assert Cheng.download(source, ignore).published is None


def test_a_slice_twice_and_none_at_all_are_refused(small, tmp_path):
    write(small / "again/3.mat", slice_of(3))
    with pytest.raises(DatasetError, match=r"3\.mat stands in it twice"):
        Cheng.download(small, ignore)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DatasetError, match="no file in it is of this dataset"):
        Cheng.download(tmp_path / "empty", ignore)


# From the network


@pytest.fixture
def served(archives, published_small, monkeypatch):
    """What each address answers, in place of the network."""
    answers = dict(zip(published_small.urls, archives.values(), strict=True))
    asked = []

    def fetch(url, to, limit, progress=ignore, patience=None):
        if not to.exists():
            asked.append(url)
            to.write_bytes(answers[url])
        return to

    monkeypatch.setattr("xaibrain.download.fetch", fetch)
    return answers, asked


def test_four_archives_are_fetched_checked_and_joined(served, published_small, tmp_path):
    result = Cheng.download(None, ignore)
    assert (result.files, result.published) == (12, True)
    assert served[1] == list(published_small.urls)
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["cheng"]
    again = Cheng.download(None, ignore)
    assert (again.fresh, again.published) == (False, True)
    (tmp_path / "home/cheng/3.mat").write_bytes(b"rot")
    assert Cheng.download(None, ignore).fresh


def test_one_wrong_archive_is_refused_and_the_others_are_kept(served, published_small, tmp_path):
    answers, asked = served
    right = answers[published_small.urls[2]]
    answers[published_small.urls[2]] = b"<html>Sign in</html>"
    with pytest.raises(DatasetError, match=r"files/3381293: not the published file; .* --from PATH"):
        Cheng.download(None, ignore)
    assert not (tmp_path / "home/cheng").exists()
    answers[published_small.urls[2]] = right
    asked.clear()
    assert Cheng.download(None, ignore).published
    assert asked == list(published_small.urls[2:])


def test_too_few_slices_are_not_the_published_ones(served, published_small, tmp_path):
    with pytest.raises(DatasetError, match="it holds 12 of 13"):
        obtain(replace(published_small, counts={"": 13}), home=tmp_path / "home", patience=Patience(tries=1))


def test_importing_the_plugin_brings_nothing_heavy():
    script = (
        "import sys, xaibrain_cheng; xaibrain_cheng.xaibrain_datasets()\n"
        "print([name for name in ('numpy', 'h5py', 'urllib.request', 'keras', 'cv2') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_hook():
    (spec,) = xaibrain_cheng.xaibrain_datasets()
    assert (spec.name, spec.target) == ("cheng", "xaibrain_cheng.dataset:Cheng")

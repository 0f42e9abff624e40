"""DICOM: what is read, how it looks, where it lies, and what is refused."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.pixels import apply_voi_lut
from pydicom.sequence import Sequence
from volumes import TURNS, affine_of, numbered, oblique, write_enhanced, write_series

import xaibrain
from xaibrain.errors import InputError
from xaibrain.inputs import items_of

THEIRS = Path(pydicom.__file__).parent / "data" / "test_files"
FILES = sorted(path for path in THEIRS.rglob("*") if path.is_file())


def changed(path, source, **tags):
    """A file with other tags; None takes one away."""
    one = pydicom.dcmread(source)
    for name, value in tags.items():
        if value is None:
            del one[name]
        else:
            setattr(one, name, value)
    one.save_as(path)
    return path


def refusal(path, **options):
    with pytest.raises(InputError) as caught:
        items_of(path, options)[0].read()
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "path", sorted(p for p in THEIRS.rglob("*") if p.is_file()), ids=lambda path: path.name
)
def test_pydicoms_own_files_are_read_or_refused(path):
    message = f"{path}: "
    try:
        for item in items_of(path)[:2]:
            image = item.read()
            assert image.pixels.ndim in (2, 3)
            assert image.sha256
    except InputError as error:
        message = str(error)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message


COMPRESSED = [
    "MR_small_RLE",
    "MR_small_jp2klossless",
    "MR_small_jpeg_ls_lossless",
    "MR_small_bigendian",
    "MR_small_implicit",
]


@pytest.mark.parametrize("name", COMPRESSED)
def test_however_it_is_stored_it_looks_the_same(name):
    plain = xaibrain.read_image(THEIRS / "MR_small.dcm")
    other = xaibrain.read_image(THEIRS / f"{name}.dcm")
    np.testing.assert_array_equal(other.pixels, plain.pixels)
    assert other.spacing == plain.spacing == pytest.approx((0.3125, 0.3125))
    assert other.place.edges == ("R", "L", "A", "P")


def test_lossless_jpeg_is_read_and_lossy_jpeg_of_twelve_bits_is_not():
    """All decoders that come along have permissive licences; none of these reads the latter."""
    np.testing.assert_array_equal(
        xaibrain.read_image(THEIRS / "SC_rgb_jpeg_gdcm.dcm").pixels,
        xaibrain.read_image(THEIRS / "SC_rgb_rle.dcm").pixels,
    )
    if not importlib.util.find_spec("libjpeg"):
        assert "cannot be decompressed" in refusal(THEIRS / "JPGExtended.dcm")


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_windows_are_those_of_the_standard(tmp_path, function):
    """PS3.3 C.11.2.1, written out in float64."""
    tags = {"WindowCenter": [40, 1000], "WindowWidth": [400, 900], "VOILUTFunction": function}
    path = changed(tmp_path / "a.dcm", THEIRS / "CT_small.dcm", **tags)
    one = pydicom.dcmread(path)
    values = one.pixel_array * float(one.RescaleSlope) + float(one.RescaleIntercept)
    for window, (c, w) in enumerate([(40.0, 400.0), (1000.0, 900.0)]):
        expected = {
            "LINEAR": ((values - (c - 0.5)) / (w - 1) + 0.5) * 255,
            "LINEAR_EXACT": ((values - c) / w + 0.5) * 255,
            "SIGMOID": 255 / (1 + np.exp(-4 * (values - c) / w)),
        }[function]
        seen = xaibrain.read_image(path, window=window).pixels
        assert seen.dtype == np.uint8
        assert np.abs(seen - np.clip(expected, 0, 255)).max() <= 0.5 + 1e-6
    np.testing.assert_array_equal(xaibrain.read_image(path, window=None).pixels, values)
    assert "no window 2; it has 2" in refusal(path, window="2")


def test_without_a_window_values_are_those_of_the_modality():
    one = pydicom.dcmread(THEIRS / "CT_small.dcm")
    image = xaibrain.read_image(THEIRS / "CT_small.dcm")
    np.testing.assert_array_equal(image.pixels, one.pixel_array * 1.0 - 1024)


def test_a_voi_table_is_looked_through(tmp_path):
    table = Dataset()
    table.LUTDescriptor = [2048, 0, 12]
    table.LUTData = np.arange(4095, -1, -2, dtype="<u2").tobytes()
    path = changed(tmp_path / "a.dcm", THEIRS / "MR_small.dcm", VOILUTSequence=Sequence([table]))
    one = pydicom.dcmread(path)
    expected = np.rint(apply_voi_lut(one.pixel_array, one) * (255 / 4095))
    np.testing.assert_array_equal(xaibrain.read_image(path).pixels, expected)


@pytest.mark.parametrize("window", [0, None])
def test_monochrome1_is_turned_round(tmp_path, window):
    straight = xaibrain.read_image(THEIRS / "MR_small.dcm", window=window).pixels.astype(int)
    path = changed(tmp_path / "a.dcm", THEIRS / "MR_small.dcm", PhotometricInterpretation="MONOCHROME1")
    turned = xaibrain.read_image(path, window=window).pixels.astype(int)
    assert np.ptp(straight + turned) == 0
    assert turned.argmin() == straight.argmax()


def test_frames_are_pictures_of_their_own():
    items = items_of(THEIRS / "examples_ybr_color.dcm")
    assert [item.id for item in items][:2] == ["examples_ybr_color.dcm/00", "examples_ybr_color.dcm/01"]
    assert len(items) == 30
    first, last = items[0].read(), items[-1].read()
    assert first.pixels.shape == (240, 320, 3)
    assert (first.pixels != last.pixels).any()
    np.testing.assert_array_equal(
        last.pixels, pydicom.pixels.pixel_array(THEIRS / "examples_ybr_color.dcm", index=29)
    )


@pytest.mark.parametrize("turn", [*TURNS, None], ids=str)
def test_series_are_sorted_by_place_and_know_where_they_lie(tmp_path, turn):
    """The files are called in the wrong order; each voxel's number says where it is."""
    affine = oblique() if turn is None else affine_of(*turn)
    voxels = numbered((3, 4, 5))
    write_series(tmp_path / "mr", voxels, affine)
    items = items_of(tmp_path / "mr", {"window": "none"})
    assert [item.id for item in items] == [f"series-1/{number}" for number in range(5)]
    images = [item.read() for item in items]
    normal = np.cross(
        *(np.subtract(images[0].place.at(*to), images[0].place.at(0, 0)) for to in ((0, 1), (1, 0)))
    )
    along = np.subtract(images[-1].place.at(0, 0), images[0].place.at(0, 0))
    assert normal @ along > 0
    for image in (images[0], images[-1]):
        for row, column in ((0, 0), (3, 0), (1, 2)):
            there = np.linalg.inv(affine) @ [*image.place.at(row, column), 1]
            np.testing.assert_allclose(there[:3], np.rint(there[:3]), atol=1e-4)
            assert image.pixels[row, column] == voxels[tuple(np.rint(there[:3]).astype(int))]
    grid = images[0].place.grid
    assert all(image.place.grid == grid for image in images)
    np.testing.assert_allclose(images[0].spacing, (1.5, 2.0))


def test_frames_of_an_enhanced_file_are_a_volume_with_values_of_their_own(tmp_path):
    """Frames stand in any order; each has its own rescaling, and its place from its groups."""
    voxels, affine = numbered((3, 4, 5)), oblique()
    path = write_enhanced(tmp_path / "mr.dcm", voxels, affine, order=(3, 0, 4, 1, 2))
    images = [item.read() for item in items_of(path)]
    assert [image.id for image in images] == [f"mr.dcm/{number}" for number in range(5)]
    for image in images:
        there = np.rint(np.linalg.inv(affine) @ [*image.place.at(0, 0), 1]).astype(int)
        number = there[2]
        np.testing.assert_array_equal(image.pixels, voxels[:, :, number].T * (number + 1.0) - number)
    assert [image.place.index for image in images] == [0, 1, 2, 3, 4]
    assert images[0].spacing == pytest.approx((1.5, 2.0))


def test_a_gap_leaves_no_common_grid(tmp_path):
    files = write_series(tmp_path / "mr", numbered((3, 4, 5)), affine_of((0, 1, 2), (1, 1, 1)))
    files[2].unlink()
    images = [item.read() for item in items_of(tmp_path / "mr")]
    assert [image.id for image in images] == [f"series-1/{number}" for number in range(4)]
    assert len({image.place.grid for image in images}) == 4
    assert len({image.place.volume for image in images}) == 1


def test_what_was_taken_twice_is_two_volumes(tmp_path):
    affine = affine_of((0, 1, 2), (1, 1, 1))
    first, second = (
        write_series(tmp_path / name, numbered((3, 4, 3)) + n, affine) for n, name in enumerate("ab")
    )
    one = pydicom.dcmread(first[0]).SeriesInstanceUID
    for path in second:
        changed(path, path, SeriesInstanceUID=one, AcquisitionNumber=2)
    items = items_of(tmp_path, {"window": "none"})
    assert [item.group for item in items] == ["a/series-1"] * 3 + ["b/series-1"] * 3
    pixels = [item.read().pixels for item in items]
    assert all((later - earlier == 1).all() for earlier, later in zip(pixels[:3], pixels[3:], strict=True))


def test_folders_are_searched_for_files_without_a_suffix(tmp_path):
    write_series(tmp_path / "disc", numbered((3, 4, 2)), affine_of((0, 1, 2), (1, 1, 1)))
    (tmp_path / "disc" / "DICOMDIR").write_bytes((THEIRS / "dicomdirtests" / "DICOMDIR").read_bytes())
    (tmp_path / "disc" / "README").write_text("not a scan")
    (tmp_path / "disc" / "viewer.exe").write_bytes(bytes(200))
    assert [item.id for item in items_of(tmp_path)] == ["disc/series-1/0", "disc/series-1/1"]
    assert "Media Storage Directory" in refusal(tmp_path / "disc" / "DICOMDIR")


def test_one_damaged_file_of_a_series_fails_alone(tmp_path):
    files = write_series(tmp_path / "mr", numbered((3, 4, 4)), affine_of((0, 1, 2), (1, 1, 1)))
    (tmp_path / "mr" / "IM0009.dcm").write_bytes(files[0].read_bytes()[:200])
    items = items_of(tmp_path / "mr")
    assert len(items) == 5
    with pytest.raises(InputError, match="IM0009"):
        next(item for item in items if "IM0009" in item.id).read()


def test_what_is_refused(tmp_path):
    assert "RT Plan Storage" in refusal(THEIRS / "rtplan.dcm")
    (tmp_path / "a.dcm").write_bytes(b"not a scan at all" * 30)
    assert "not a DICOM file" in refusal(tmp_path / "a.dcm")
    (tmp_path / "b.dcm").touch()
    assert "empty" in refusal(tmp_path / "b.dcm")
    huge = changed(tmp_path / "c.dcm", THEIRS / "MR_small.dcm", Rows=60_000, Columns=60_000)
    assert "too many" in refusal(huge)
    short = THEIRS / "MR_truncated.dcm"
    assert "cut short" in refusal(short)


def test_without_the_extra_one_line_says_what_to_install(tmp_path, monkeypatch):
    write_series(tmp_path, numbered((3, 4, 4)), affine_of((0, 1, 2), (1, 1, 1)))
    for name in [name for name in sys.modules if name.split(".")[0] == "xaibrain_dicom"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pydicom", None)
    [item] = items_of(tmp_path)
    with pytest.raises(InputError, match=r"IM0001 \(and 3 more\): .* Run: pip install 'xaibrain\[dicom\]'"):
        item.read()

"""NIfTI: slices as radiologists see them, maps in the voxels that they came from."""

from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest
from volumes import TURNS, affine_of, explained, numbered, oblique

import xaibrain
from xaibrain.errors import InputError, UsageError
from xaibrain.inputs import items_of
from xaibrain_nifti.reader import NiftiReader
from xaibrain_nifti.writer import NiftiWriter

VIEWS = {"axial": "RLAP", "coronal": "RLSI", "sagittal": "APSI"}


def saved(path, voxels, affine=None):
    nibabel.save(
        nibabel.Nifti1Image(voxels, affine_of((0, 1, 2), (1, 1, 1)) if affine is None else affine), path
    )
    return path


@pytest.mark.parametrize("axis", VIEWS)
@pytest.mark.parametrize("turn", [*TURNS, None], ids=str)
def test_slices_look_the_same_however_the_file_is_stored(tmp_path, turn, axis):
    """Each voxel's number is its place in the patient, so a slice tells whence its pixels came."""
    affine = oblique() if turn is None else affine_of(*turn)
    path = saved(tmp_path / "a.nii", numbered(), affine)
    reader = NiftiReader(axis, black=0, white=100)
    parts = reader.parts([(path, "a")])
    letters = dict(zip("RLAPSI", (0, 0, 1, 1, 2, 2), strict=True))
    for part in (parts[0], parts[-1]):
        image = reader.read(part)
        assert "".join(image.place.edges) == VIEWS[axis]
        stored = np.rint(numbered() / (numbered().size - 1) * 255)
        for row, column in ((0, 0), (image.size[0] - 1, 0), (1, image.size[1] - 1)):
            there = np.linalg.inv(affine) @ [*image.place.at(row, column), 1]
            np.testing.assert_allclose(there[:3], np.rint(there[:3]), atol=1e-6)
            assert image.pixels[row, column] == stored[tuple(np.rint(there[:3]).astype(int))]
        right = np.subtract(image.place.at(0, 1), image.place.at(0, 0))
        edge = VIEWS[axis][1]
        assert right[letters[edge]] * (1 if edge in "RAS" else -1) > 0
        np.testing.assert_allclose(image.spacing[1], np.linalg.norm(right))
    along = np.subtract(parts[-1].place.at(0, 0), parts[0].place.at(0, 0))
    assert along[{"axial": 2, "coronal": 1, "sagittal": 0}[axis]] > 0


@pytest.mark.parametrize("axis", VIEWS)
@pytest.mark.parametrize("turn", [*TURNS, None], ids=str)
def test_maps_come_back_in_the_voxels_of_the_source(tmp_path, turn, axis):
    affine = oblique() if turn is None else affine_of(*turn)
    voxels = numbered()
    path = saved(tmp_path / "a.nii.gz", voxels, affine)
    reader = NiftiReader(axis)
    maps = [explained(reader.read(part), part.place.take(voxels)) for part in reader.parts([(path, "scan")])]
    [written] = NiftiWriter().write(maps, tmp_path, "map")
    back = nibabel.load(written)
    np.testing.assert_array_equal(back.get_fdata(), voxels)
    np.testing.assert_allclose(back.affine, affine, atol=1e-5)
    assert back.header["db_name"].item() == b""


def test_an_independent_reader_finds_the_map_where_the_lesion_is(tmp_path):
    """SimpleITK knows nothing of nibabel: it must find the brightest voxel at the lesion's millimetres."""
    itk = pytest.importorskip("SimpleITK", reason="SimpleITK is not installed")
    affine, voxels = oblique(), np.zeros((9, 8, 7), np.int16)
    voxels[6, 2, 4] = 1000
    path = saved(tmp_path / "a.nii", voxels, affine)
    reader = NiftiReader("coronal")
    maps = [explained(reader.read(part), part.place.take(voxels)) for part in reader.parts([(path, "a")])]
    [written] = NiftiWriter().write(maps, tmp_path, "map")
    image = itk.ReadImage(str(written))
    k, j, i = np.unravel_index(itk.GetArrayFromImage(image).argmax(), image.GetSize()[::-1])
    left, back, head = image.TransformIndexToPhysicalPoint((int(i), int(j), int(k)))
    np.testing.assert_allclose((-left, -back, head), (affine @ (6, 2, 4, 1))[:3], atol=0.01)


def test_black_and_white_are_those_of_the_whole_volume(tmp_path):
    voxels = np.zeros((4, 4, 3), np.float32)
    voxels[..., 1], voxels[..., 2] = 50, 200
    voxels[0, 0, 0] = np.nan
    images = [
        xaibrain.read_image(saved(tmp_path / "a.nii", voxels), index=i, black=0, white=100) for i in range(3)
    ]
    assert [int(image.pixels.max()) for image in images] == [0, 64, 255]
    assert images[0].pixels.dtype == np.uint8
    flat = xaibrain.read_image(saved(tmp_path / "b.nii", np.full((3, 3, 1), 7, np.int16)))
    assert not flat.pixels.any()


def test_which_slices(tmp_path):
    path = saved(tmp_path / "scan.nii.gz", numbered((3, 4, 12)))
    items = items_of(path, {"slices": "4,10", "every": "2"})
    assert [item.id for item in items] == ["scan.nii.gz/04", "scan.nii.gz/06", "scan.nii.gz/08"]
    assert {item.group for item in items} == {"scan.nii.gz"}
    assert items[1].read().place.index == 6
    with pytest.raises(InputError, match="12 axial slices"):
        items_of(path, {"slices": "40,50"})[0].read()
    with pytest.raises(
        UsageError, match=r"No option of the readers of these files 'axes'\. Did you mean 'axis'"
    ):
        items_of(path, {"axes": "coronal"})
    with pytest.raises(UsageError, match="axial"):
        items_of(path, {"axis": "frontal"})
    with pytest.raises(InputError, match="holds 12 pictures; choose one"):
        xaibrain.read_image(path)


def refusal(path):
    with pytest.raises(InputError) as caught:
        items_of(path)[0].read()
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_refused(tmp_path):
    assert "4 dimensions (3 × 3 × 3 × 5)" in refusal(
        saved(tmp_path / "a.nii", np.zeros((3, 3, 3, 5), np.int16))
    )
    assert "complex" in refusal(saved(tmp_path / "b.nii", np.zeros((3, 3, 3), np.complex64)))
    nowhere = nibabel.Nifti1Image(np.zeros((3, 3, 3), np.int16), None)
    nowhere.set_sform(None, 0)
    nowhere.set_qform(None, 0)
    nibabel.save(nowhere, tmp_path / "c.nii")
    assert "left and right are unknown" in refusal(tmp_path / "c.nii")
    (tmp_path / "d.nii").write_bytes(b"no volume at all" * 40)
    assert "not NIfTI" in refusal(tmp_path / "d.nii")
    whole = saved(tmp_path / "e.nii.gz", numbered((20, 20, 20))).read_bytes()
    (tmp_path / "e.nii.gz").write_bytes(whole[: len(whole) // 2])
    assert "cut short" in refusal(tmp_path / "e.nii.gz")
    assert items_of(saved(tmp_path / "f.nii", np.zeros((3, 3, 3, 1), np.int16)))[2].read().size == (3, 3)


def test_uneven_slices_have_no_common_grid(tmp_path):
    path = saved(tmp_path / "a.nii", numbered())
    reader = NiftiReader()
    first, second = (reader.read(part) for part in reader.parts([(path, "a")])[:2])
    other = replace(second.place.grid, shape=(1, 1, 1))
    odd = replace(second, place=replace(second.place, grid=other))
    with pytest.raises(InputError, match="not evenly spaced"):
        NiftiWriter().write([explained(first, first.pixels), explained(odd, odd.pixels)], tmp_path, "map")


THEIRS = sorted((Path(nibabel.__file__).parent / "tests" / "data").glob("*"))


@pytest.mark.parametrize("path", [p for p in THEIRS if p.is_file()], ids=lambda path: path.name)
def test_nibabels_own_files_are_read_or_refused(path):
    message = f"{path}: "
    try:
        images = [item.read() for item in items_of(path)]
        assert all(image.place.edges == ("R", "L", "A", "P") for image in images)
    except InputError as error:
        message = str(error)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
